import { normaliseAddress } from '@flyloft/common';
import type { FileAddresses } from '@flyloft/object-store';
import type { LoadFailure, NewLoad, Registry } from '@flyloft/registry';
import { checkAddress, FetchError, type FetchPolicy } from '@flyloft/safe-fetch';
import { mayActFor, type Person } from '../http/credentials.ts';

export interface LoadRequest {
  /** The descriptor's address as it was sent. */
  readonly datapackage: string;
  readonly person: Person;
  readonly force: boolean;
  readonly private?: boolean;
}

export type PlannedLoad =
  | { readonly kind: 'load'; readonly load: NewLoad }
  /** No load can come of this address: why. */
  | { readonly kind: 'refused'; readonly load: NewLoad; readonly error: string; readonly code: string }
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

const NO_FILE = 'This address names no file of this platform';

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
 * What becomes of a wish to load. Files of this platform are loaded by their owner alone (or an
 * administrator for the owner); other addresses by anyone who may upload, into a package of their own.
 */
export function planLoad(request: LoadRequest, { addresses, fetchPolicy }: LoadPlace): PlannedLoad {
  const { datapackage, person, force } = request;
  const address = addressKey(datapackage, addresses);
  const wish = request.private === undefined ? {} : { private: request.private };
  const loadFor = (requestedBy: string): NewLoad => ({ datapackage, address, requestedBy, force, ...wish });
  const key = addresses.keyOf(datapackage);
  if (key !== undefined) {
    const [owner = ''] = key.split('/');
    // No row: a stranger's attempt must not show in the status of the owner's address.
    if (!mayActFor(person, owner)) return { kind: 'unauthorized' };
    return { kind: 'load', load: loadFor(owner) };
  }
  const load = loadFor(person.userid);
  if (addresses.prefixesOf('').some((prefix) => address.startsWith(prefix))) {
    return { kind: 'refused', load, error: NO_FILE, code: 'address_refused' };
  }
  const refusal = refusalOf(datapackage, fetchPolicy);
  if (refusal !== undefined) return { kind: 'refused', load, ...refusal };
  return { kind: 'load', load };
}
