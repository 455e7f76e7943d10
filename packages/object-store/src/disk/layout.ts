import { join } from 'node:path';

/** Where things lie under the store's folder. What is being written is never seen among the objects. */
export const objectsFolder = (folder: string) => join(folder, 'objects');
export const incomingFolder = (folder: string) => join(folder, 'incoming');

/** The file of a key; the key must have passed `checkKey`. */
export const objectPath = (folder: string, key: string) => join(objectsFolder(folder), ...key.split('/'));

/** Whether an error of the file system means that there is nothing of that name. */
export function isAbsent(error: unknown): boolean {
  const code = codeOf(error);
  // ENOTDIR: a part of the path is a file.
  return code === 'ENOENT' || code === 'ENOTDIR';
}

export function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
