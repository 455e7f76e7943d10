import { ObjectNotFoundError, type ObjectStore } from '@flyloft/object-store';
import { LoadFailure } from '@flyloft/warehouse';

const MAX_DESCRIPTOR_BYTES = 16 * 1024 * 1024;

/**
 * Reads a descriptor.
 * @throws {LoadFailure} `descriptor_missing`, `too_large`.
 */
export async function readDescriptorText(store: ObjectStore, key: string, address: string): Promise<string> {
  const object = await store.read(key).catch((error: unknown) => {
    if (!(error instanceof ObjectNotFoundError)) throw error;
    throw new LoadFailure(
      'descriptor_missing',
      `There is no datapackage at ${address}: it was not uploaded.`,
    );
  });
  if (object.length > MAX_DESCRIPTOR_BYTES) {
    object.stream.destroy();
    throw new LoadFailure('too_large', `The datapackage is larger than ${MAX_DESCRIPTOR_BYTES} bytes.`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of object.stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
