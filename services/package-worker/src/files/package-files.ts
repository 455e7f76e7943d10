import type { Readable } from 'node:stream';
import { type FileAddresses, keyProblem, ObjectNotFoundError, type ObjectStore } from '@flyloft/object-store';
import { LoadFailure } from '@flyloft/warehouse';

/** A file of a package, wherever it is. */
export interface PackageFile {
  /** Its last path segment with the extension, which tells formats where nothing else does. */
  readonly name: string;
  /** What to call it in a sentence. */
  readonly address: string;
  /** Its bytes from the start; undefined when there is no such file. @throws {LoadFailure} */
  open(signal?: AbortSignal): Promise<Readable | undefined>;
}

/** The files of one package: its descriptor, and what the descriptor points to. */
export interface PackageFiles {
  readonly descriptor: PackageFile;
  /** @param path Relative to the descriptor, or an address. @throws {LoadFailure} `address_refused`. */
  resource(path: string): PackageFile;
}

export interface PackagePlace {
  readonly store: ObjectStore;
  readonly addresses: FileAddresses;
  /** Whose files alone may be read: nobody loads what lies in another person's folder. */
  readonly owner: string;
}

function refuse(message: string): never {
  throw new LoadFailure('address_refused', message);
}

function storedFile(store: ObjectStore, key: string, address: string): PackageFile {
  return {
    name: key.slice(key.lastIndexOf('/') + 1),
    address,
    open: async () => {
      try {
        return (await store.read(key)).stream;
      } catch (error) {
        if (error instanceof ObjectNotFoundError) return undefined;
        throw error;
      }
    },
  };
}

/** The key of a stored file by its address. @throws {LoadFailure} for an address elsewhere, or of another owner. */
function keyOf({ addresses, owner }: PackagePlace, address: string, what: string): string {
  const key = addresses.keyOf(address);
  if (key === undefined) refuse(`The ${what} ${address} was not uploaded here, and others are not fetched.`);
  if (!key.startsWith(`${owner}/`)) refuse(`The ${what} ${address} belongs to someone else.`);
  return key;
}

/** Finds the files of the package whose descriptor has this address. @throws {LoadFailure} `address_refused`. */
export function packageFiles(place: PackagePlace, descriptorAddress: string): PackageFiles {
  const descriptor = keyOf(place, descriptorAddress, 'datapackage');
  const folder = descriptor.slice(0, descriptor.lastIndexOf('/') + 1);
  return {
    descriptor: storedFile(place.store, descriptor, descriptorAddress),
    resource: (path) => {
      if (/^[a-z][a-z0-9+.-]*:/i.test(path)) {
        return storedFile(place.store, keyOf(place, path, 'file'), path);
      }
      const key = `${folder}${path.replace(/^\.\//, '')}`;
      const reason = keyProblem(key);
      if (reason !== undefined) refuse(`The path "${path}" of a resource ${reason}.`);
      return storedFile(place.store, key, path);
    },
  };
}
