import type { Readable } from 'node:stream';
import { type FileAddresses, keyProblem, ObjectNotFoundError, type ObjectStore } from '@flyloft/object-store';
import { LoadFailure } from '@flyloft/warehouse';
import { type OutsidePlace, outsideFile } from './outside-file.ts';

/** A file of a package, wherever it is. */
export interface PackageFile {
  /** Its last path segment with the extension, which tells formats where nothing else does. */
  readonly name: string;
  /** What to call it in a sentence. */
  readonly address: string;
  /** Its bytes are gzip whatever its name says, as by Content-Encoding. */
  readonly isGzipped?: boolean;
  /** Where it lies on this disk, when it does; its bytes there never change. */
  readonly localPath?: string;
  /** Its bytes from the start; undefined when there is no such file. @throws {LoadFailure} */
  open(signal?: AbortSignal): Promise<Readable | undefined>;
}

/** The files of one package: its descriptor, and what the descriptor points to. */
export interface PackageFiles {
  readonly descriptor: PackageFile;
  /** @param path Relative to the descriptor, or an address. @throws {LoadFailure} `address_refused`. */
  resource(path: string): PackageFile;
}

export interface PackagePlace extends OutsidePlace {
  readonly store: ObjectStore;
  readonly addresses: FileAddresses;
  /** Whose files alone may be read: nobody loads what lies in another person's folder. */
  readonly owner: string;
}

function refuse(message: string): never {
  throw new LoadFailure('address_refused', message);
}

function storedFile(store: ObjectStore, key: string, address: string): PackageFile {
  const localPath = store.localPath(key);
  return {
    name: key.slice(key.lastIndexOf('/') + 1),
    address,
    ...(localPath === undefined ? {} : { localPath }),
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

/** A path that is an address, not a place in the package. */
export const ADDRESS = /^[a-z][a-z0-9+.-]*:/i;

/** The file behind an address: in our own store, or outside. @throws {LoadFailure} for another owner's. */
function fileAt(place: PackagePlace, address: string, found?: (address: string) => void): PackageFile {
  const key = place.addresses.keyOf(address);
  if (key === undefined) return outsideFile(place, address, found);
  if (!key.startsWith(`${place.owner}/`)) refuse(`The file ${address} belongs to someone else.`);
  return storedFile(place.store, key, address);
}

/** The path of a resource within its package. @throws {LoadFailure} for one that leads out of it. */
export function pathWithin(path: string): string {
  const clean = path.replace(/^\.\//, '');
  const reason = keyProblem(clean);
  if (reason !== undefined) refuse(`The path "${path}" of a resource ${reason}.`);
  return clean;
}

/** Finds the files of the package whose descriptor has this address. @throws {LoadFailure} `address_refused`. */
export function packageFiles(place: PackagePlace, descriptorAddress: string): PackageFiles {
  const key = place.addresses.keyOf(descriptorAddress);
  // Paths are relative to where the descriptor was found in the end.
  let base = descriptorAddress;
  const descriptor = fileAt(place, descriptorAddress, (address) => {
    base = address;
  });
  return {
    descriptor,
    resource: (path) => {
      if (ADDRESS.test(path)) return fileAt(place, path);
      const within = pathWithin(path);
      if (key === undefined) {
        return fileAt(place, new URL(within.split('/').map(encodeURIComponent).join('/'), base).href);
      }
      const stored = `${key.slice(0, key.lastIndexOf('/') + 1)}${within}`;
      const reason = keyProblem(stored);
      if (reason !== undefined) refuse(`The path "${path}" of a resource ${reason}.`);
      return storedFile(place.store, stored, path);
    },
  };
}
