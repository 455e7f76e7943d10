import { normaliseAddress } from '@flyloft/common';
import type { FileAddresses } from '@flyloft/object-store';
import type { Load, Registry } from '@flyloft/registry';

export interface LoadRequest {
  /** The descriptor's address as it was sent. */
  readonly datapackage: string;
  readonly userid: string;
  readonly force: boolean;
}

export type RequestedLoad =
  | { readonly kind: 'queued'; readonly load: Load }
  | { readonly kind: 'failed'; readonly load: Load }
  | { readonly kind: 'unauthorized' };

const ELSEWHERE =
  'This address is not in the store of this platform: upload the package here first, then load it from its upload address';

/**
 * One spelling for our own addresses, one for others, and the text itself for what is none: status must
 * find them all.
 */
export function addressKey(datapackage: string, addresses: FileAddresses): string {
  const key = addresses.keyOf(datapackage);
  if (key !== undefined) return addresses.addressOf(key);
  return normaliseAddress(datapackage) ?? datapackage;
}

/**
 * Makes the durable row of a load. Only a person's own uploads are loaded; what is refused for
 * another reason than the person gets a failed row, so that whoever asks for its status is told why.
 */
export async function requestLoad(
  { datapackage, userid, force }: LoadRequest,
  { registry, addresses }: { readonly registry: Registry; readonly addresses: FileAddresses },
): Promise<RequestedLoad> {
  const asked = { datapackage, address: addressKey(datapackage, addresses), requestedBy: userid, force };
  const key = addresses.keyOf(datapackage);
  if (key === undefined) {
    const load = await registry.createFailedLoad(asked, { error: ELSEWHERE, code: 'address_refused' });
    return { kind: 'failed', load };
  }
  // No row: a stranger's attempt must not show in the status of the owner's address.
  if (!key.startsWith(`${userid}/`)) return { kind: 'unauthorized' };
  const { load } = await registry.createLoad(asked);
  return { kind: 'queued', load };
}
