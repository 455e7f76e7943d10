import { json } from 'node:stream/consumers';
import { descriptorTexts, type Moderation, ProblemError } from '@flyloft/common';
import type { FileAddresses, ObjectStore } from '@flyloft/object-store';

const MAX_BYTES = 5_000_000;

export interface DescriptorPlace {
  readonly store: ObjectStore;
  readonly addresses: FileAddresses;
  readonly moderation: Pick<Moderation, 'refuseWords'>;
}

/**
 * Looks through the titles and descriptions of a package that was uploaded here, before its load is queued.
 * What lies elsewhere, or cannot be read as a descriptor, is the worker's to look at: it says what is wrong.
 * @throws {ProblemError} 400 `words_not_allowed`.
 */
export async function checkDescriptor(
  datapackage: string,
  { store, addresses, moderation }: DescriptorPlace,
): Promise<void> {
  const key = addresses.keyOf(datapackage);
  if (key === undefined || !key.endsWith('.json')) return;
  const found = await store.stat(key).catch(() => undefined);
  if (found === undefined || found.length > MAX_BYTES) return;
  try {
    const { stream } = await store.read(key);
    moderation.refuseWords(descriptorTexts(await json(stream)));
  } catch (error) {
    if (error instanceof ProblemError && error.code === 'words_not_allowed') throw error;
  }
}
