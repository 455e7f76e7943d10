import { Readable } from 'node:stream';
import { problem } from '@flyloft/common';
import busboy from 'busboy';
import type { Request } from 'express';
import type { Body, BodyReceiver } from './body.ts';
import { requestBytes } from './request-bytes.ts';

export interface ReceivedFile {
  readonly body: Body;
  readonly filename: string;
  readonly mimeType: string;
  /** The other fields of the form. */
  readonly fields: ReadonlyMap<string, string>;
}

/** One file, and a few short fields. */
const LIMITS = { files: 1, fields: 20, fieldSize: 1024, parts: 25, headerPairs: 50 };

function createParser(req: Request) {
  try {
    return busboy({ headers: req.headers, limits: LIMITS, defParamCharset: 'utf8' });
  } catch (cause) {
    throw problem('bad_request', 'Expected a multipart body with a file named "file"', { cause });
  }
}

/**
 * The part `file` of a multipart body; undefined when there is none. Whoever gets it closes its body.
 * @throws {ProblemError} 400 when the body is not multipart or cut off, 413 over the limit.
 */
export async function receiveFile(
  req: Request,
  bodies: BodyReceiver,
  maxBytes: number,
): Promise<ReceivedFile | undefined> {
  const parser = createParser(req);
  let receiving: Promise<ReceivedFile> | undefined;
  const fields = new Map<string, string>();
  parser.on('field', (name, value) => fields.set(name, value));
  parser.on('file', (name, stream, { filename, mimeType }) => {
    if (name !== 'file') {
      stream.resume();
      return;
    }
    receiving = bodies.receive(stream).then((body) => ({ body, filename: filename ?? '', mimeType, fields }));
    // Waited for below, once the whole body is there.
    receiving.catch(() => undefined);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const source = Readable.from(requestBytes(req, maxBytes));
      source.once('error', (error) => {
        reject(error);
        parser.destroy();
      });
      parser.once('error', (cause) => {
        reject(problem('bad_request', 'The multipart body is not complete', { cause }));
        source.destroy();
      });
      parser.once('close', resolve);
      source.pipe(parser);
    });
  } catch (error) {
    await receiving?.then(
      ({ body }) => body.close(),
      () => undefined,
    );
    throw error;
  }
  return receiving;
}
