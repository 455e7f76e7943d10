import { LoadFailure } from '@flyloft/warehouse';
import type { PackageFile } from './package-files.ts';

const MAX_DESCRIPTOR_BYTES = 16 * 1024 * 1024;

/** JSON is UTF-8 (RFC 8259): titles in another encoding would be published with letters lost. */
function decoded(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    const message = 'it has bytes that are not UTF-8';
    throw new LoadFailure('descriptor_invalid', `The datapackage cannot be read: ${message}.`, [
      { rule: 'encoding', message, suggestion: 'save datapackage.json as UTF-8' },
    ]);
  }
}

/**
 * Reads a descriptor.
 * @throws {LoadFailure} `descriptor_missing`, `descriptor_invalid`, `too_large`.
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
  return decoded(Buffer.concat(chunks));
}
