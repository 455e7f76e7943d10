import { PassThrough, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { tap } from '@flyloft/common';
import { FetchError } from './fetch-error.ts';

/** Tables of real data stay below 100; a bomb of zeros reaches 1,000. */
const MAX_RATIO = 200;
/** Below this much output a ratio says nothing. */
const RATIO_COUNTS_FROM_BYTES = 1024 ** 2;

function decompressor(encoding: string): Transform {
  switch (encoding) {
    case '':
    case 'identity':
      return new PassThrough();
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new FetchError('content_refused', `Answers of the content encoding "${encoding}" are not read.`);
  }
}

/**
 * The stages from the bytes of the wire to the content, under limits of bytes and of what a compressed
 * byte may become.
 * @throws {FetchError} `content_refused` for an encoding that is not known or a pile of them.
 */
export function decodeBody(encoding: string, maxBytes: number): readonly [Transform, Transform, Transform] {
  let arrived = 0;
  let decoded = 0;
  const arriving = tap((chunk) => {
    arrived += chunk.length;
  });
  const leaving = tap((chunk) => {
    decoded += chunk.length;
    if (decoded > maxBytes) throw tooLarge(maxBytes);
    if (decoded > RATIO_COUNTS_FROM_BYTES && decoded > arrived * MAX_RATIO) {
      const message = `The answer grows more than ${MAX_RATIO} times when it is decompressed, which no table does.`;
      throw new FetchError('too_large', message);
    }
  });
  return [arriving, decompressor(encoding.trim().toLowerCase()), leaving];
}

export function tooLarge(maxBytes: number): FetchError {
  return new FetchError('too_large', `The file is larger than the ${maxBytes} bytes that are fetched.`);
}
