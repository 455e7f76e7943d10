import { normaliseAddress } from '@flyloft/common';
import type { FileAddresses } from '@flyloft/object-store';
import type { Load, LoadFailure, Registry } from '@flyloft/registry';
import { checkAddress, FetchError, type FetchPolicy } from '@flyloft/safe-fetch';

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

/** What is wrong with an outside address by itself; the worker finds out about the rest. */
function refusalOf(address: string, policy: FetchPolicy): LoadFailure | undefined {
  try {
    checkAddress(address, policy);
    return undefined;
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    return { error: error.message, code: 'address_refused' };
  }
}

/**
 * One spelling for our own addresses, one for others, and the text itself for what is none: status must
 * find them all.
 */
export function addressKey(datapackage: string, addresses: FileAddresses): string {
  const key = addresses.keyOf(datapackage);
  if (key !== undefined) return addresses.addressOf(key);
  return normaliseAddress(datapackage) ?? datapackage;
}

export interface LoadPlace {
  readonly registry: Registry;
  readonly addresses: FileAddresses;
  /** Which outside addresses may be loaded from. */
  readonly fetchPolicy: FetchPolicy;
}

/**
 * Makes the durable row of a load. Of our own files only a person's own are loaded; an address that is
 * refused for another reason than the person gets a failed row, so that whoever asks for its status is
 * told why.
 */
export async function requestLoad(
  { datapackage, userid, force }: LoadRequest,
  { registry, addresses, fetchPolicy }: LoadPlace,
): Promise<RequestedLoad> {
  const asked = { datapackage, address: addressKey(datapackage, addresses), requestedBy: userid, force };
  const key = addresses.keyOf(datapackage);
  const refusal = key === undefined ? refusalOf(datapackage, fetchPolicy) : undefined;
  if (refusal !== undefined) {
    return { kind: 'failed', load: await registry.createFailedLoad(asked, refusal) };
  }
  // No row: a stranger's attempt must not show in the status of the owner's address.
  if (key !== undefined && !key.startsWith(`${userid}/`)) return { kind: 'unauthorized' };
  const { load } = await registry.createLoad(asked);
  return { kind: 'queued', load };
}
