import { type FileAddresses, keyProblem } from '@flyloft/object-store';
import { LoadFailure } from '@flyloft/warehouse';

/** The part of a key that its owner names: nobody loads what lies in another person's folder. */
function belongsTo(owner: string, key: string): boolean {
  return key.startsWith(`${owner}/`);
}

function refuse(message: string): never {
  throw new LoadFailure('address_refused', message);
}

/**
 * The key of a package's descriptor in our object store.
 * @throws {LoadFailure} `address_refused` for an address elsewhere, or of another owner.
 */
export function descriptorKey(addresses: FileAddresses, address: string, owner: string): string {
  const key = addresses.keyOf(address);
  if (key === undefined) refuse(`The datapackage at ${address} is not a file that was uploaded here.`);
  if (!belongsTo(owner, key)) refuse(`The datapackage at ${address} belongs to someone else.`);
  return key;
}

/**
 * The key of a resource's file, by a path relative to the descriptor or one of our own addresses.
 * @throws {LoadFailure} `address_refused`.
 */
export function resourceKey(
  addresses: FileAddresses,
  descriptor: string,
  path: string,
  owner: string,
): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(path)) {
    const key = addresses.keyOf(path);
    if (key === undefined) refuse(`The file ${path} was not uploaded here, and others are not fetched.`);
    if (!belongsTo(owner, key)) refuse(`The file ${path} belongs to someone else.`);
    return key;
  }
  const key = `${descriptor.slice(0, descriptor.lastIndexOf('/') + 1)}${path.replace(/^\.\//, '')}`;
  const reason = keyProblem(key);
  if (reason !== undefined) refuse(`The path "${path}" of a resource ${reason}.`);
  return key;
}
