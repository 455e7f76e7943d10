import { LoadFailure } from '@flyloft/warehouse';
import type { PackageFile } from './package-files.ts';

const MAX_DESCRIPTOR_BYTES = 16 * 1024 * 1024;

/**
 * Reads a descriptor.
 * @throws {LoadFailure} `descriptor_missing`, `too_large`.
 */
export async function readDescriptorText(file: PackageFile, signal: AbortSignal): Promise<string> {
  const stream = await file.open(signal);
  if (stream === undefined) {
    throw new LoadFailure('descriptor_missing', `There is no datapackage at ${file.address}.`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.length;
    if (bytes > MAX_DESCRIPTOR_BYTES)
      throw new LoadFailure('too_large', `The datapackage is larger than ${MAX_DESCRIPTOR_BYTES} bytes.`);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks).toString('utf8');
}
