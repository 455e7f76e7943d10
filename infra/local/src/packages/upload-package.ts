import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ExpectedError } from '../platform/expected-error.ts';
import type { PlatformClient } from '../platform/platform-client.ts';
import { type AnnouncedFile, announceFile, DESCRIPTOR, type PackageFolder } from './package-folder.ts';

interface SignedUpload {
  readonly upload_url: string;
  readonly upload_query: Readonly<Record<string, readonly string[]>>;
}

interface UploadTarget {
  readonly client: PlatformClient;
  readonly token: string;
  readonly owner: string;
}

async function putFile(
  { client }: UploadTarget,
  path: string,
  { md5, type, length }: AnnouncedFile,
  signed: SignedUpload | undefined,
): Promise<void> {
  if (signed === undefined) throw new ExpectedError(`No signed address came back for ${path}`);
  const url = new URL(signed.upload_url);
  for (const [key, [value = '']] of Object.entries(signed.upload_query)) url.searchParams.set(key, value);
  await client.call(url.href, {
    method: 'PUT',
    headers: { 'Content-MD5': md5, 'Content-Type': type, 'Content-Length': String(length) },
    body: length === 0 ? '' : Readable.toWeb(createReadStream(path)),
    duplex: 'half',
    // An upload takes as long as it takes.
    signal: null,
  });
}

/**
 * Uploads a package by signed addresses, its descriptor last; answers the address of that.
 * @throws {ExpectedError} with what the platform says.
 */
export async function uploadPackage(target: UploadTarget, folder: PackageFolder): Promise<string> {
  const announced = new Map<string, AnnouncedFile>();
  for (const path of folder.files) announced.set(path, await announceFile(folder, path));
  const answer = await target.client.call('/datastore/', {
    method: 'POST',
    headers: { 'Auth-Token': target.token, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      metadata: { owner: target.owner, name: folder.name },
      filedata: Object.fromEntries(announced),
    }),
  });
  // the contract of /datastore/authorize (packages.md section 2)
  const { filedata } = JSON.parse(answer) as { filedata: Record<string, SignedUpload> };
  for (const [path, file] of announced) {
    await putFile(target, join(folder.folder, path), file, filedata[path]);
  }
  return filedata[DESCRIPTOR]?.upload_url ?? '';
}
