import { Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { tap } from '@flyloft/common';
import iconv from 'iconv-lite';
import { LoadFailure } from '../load-failure.ts';
import { MAX_RATIO, RATIO_FREE_BYTES } from './limits.ts';

/** Unpacks gzip, refusing what was packed to be a bomb. */
export function gunzip(name: string): Transform[] {
  let [packed, unpacked] = [0, 0];
  const before = tap((chunk) => {
    packed += chunk.length;
  });
  const after = tap((chunk) => {
    unpacked += chunk.length;
    if (unpacked > RATIO_FREE_BYTES && unpacked > packed * MAX_RATIO) {
      const message = `"${name}" unpacks to more than ${MAX_RATIO} times its size, which no table does`;
      throw new LoadFailure('too_large', `The file of ${message}.`, [{ rule: 'compression', message }]);
    }
  });
  return [before, createGunzip(), after];
}

const UTF16_LITTLE = Buffer.from([0xff, 0xfe]);
const UTF16_BIG = Buffer.from([0xfe, 0xff]);

/** UTF-16 says so by its first two bytes; Excel writes it as "Unicode text". */
function markedEncoding(start: Buffer): string | undefined {
  if (start.subarray(0, 2).equals(UTF16_LITTLE)) return 'utf-16le';
  return start.subarray(0, 2).equals(UTF16_BIG) ? 'utf-16be' : undefined;
}

const isUtf8 = (encoding: string) => /^utf-?8$/i.test(encoding);

/**
 * Bytes of the declared encoding to UTF-8. UTF-8 itself passes as it is: the engine finds the bytes that are wrong.
 * @throws {LoadFailure} `resource_invalid` for an encoding that nobody knows.
 */
export function toUtf8(encoding: string | undefined): Transform {
  if (encoding !== undefined && !isUtf8(encoding) && !iconv.encodingExists(encoding)) {
    throw new LoadFailure('resource_invalid', `The encoding "${encoding}" is not known.`, [
      {
        rule: 'encoding',
        message: `the encoding "${encoding}" is not known`,
        suggestion: 'write a name such as "windows-1252"',
      },
    ]);
  }
  let decoder: ReturnType<typeof iconv.getDecoder> | undefined;
  let isFirst = true;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      if (isFirst) {
        isFirst = false;
        const settled = encoding === undefined || isUtf8(encoding) ? markedEncoding(chunk) : encoding;
        if (settled !== undefined) decoder = iconv.getDecoder(settled);
      }
      done(null, decoder === undefined ? chunk : decoder.write(chunk));
    },
    flush: (done) => done(null, decoder?.end() ?? ''),
  });
}

const RETURN = 13;
const NEWLINE = 10;

/**
 * Every line end becomes a line feed, in cells too: a file may have both kinds, which the engine refuses.
 * Lines keep their numbers.
 */
export function lineFeeds(): Transform {
  let afterReturn = false;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      if (!afterReturn && !chunk.includes(RETURN)) return done(null, chunk);
      const text = Buffer.allocUnsafe(chunk.length);
      let length = 0;
      for (const byte of chunk) {
        if (byte === RETURN) text[length++] = NEWLINE;
        else if (byte !== NEWLINE || !afterReturn) text[length++] = byte;
        afterReturn = byte === RETURN;
      }
      done(null, text.subarray(0, length));
    },
  });
}
