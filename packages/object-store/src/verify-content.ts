import { createHash } from 'node:crypto';
import { BrokenUploadError } from './errors.ts';
import type { ExpectedContent } from './object-store.ts';

/** Passes the content on, and fails it when it is not what was announced. */
export function verifyContent(expected: ExpectedContent) {
  return async function* (content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const hash = expected.md5 === undefined ? undefined : createHash('md5');
    let length = 0;
    for await (const chunk of content) {
      length += chunk.length;
      if (expected.length !== undefined && length > expected.length) {
        throw new BrokenUploadError(`More than the announced ${expected.length} bytes arrived`);
      }
      hash?.update(chunk);
      yield chunk;
    }
    if (expected.length !== undefined && length !== expected.length) {
      throw new BrokenUploadError(`${length} bytes arrived, ${expected.length} were announced`);
    }
    if (hash && hash.digest('base64') !== expected.md5) {
      throw new BrokenUploadError('The MD5 of what arrived is not the announced one');
    }
  };
}
