import { pipeline } from 'node:stream/promises';
import { problem } from '@flyloft/common';
import { keyProblem, type ObjectStore, type StoredObject } from '@flyloft/object-store';
import type { Registry } from '@flyloft/registry';
import { byteRangeOf, type Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { type Credentials, mayActFor, type Person, personOf } from '../../http/credentials.ts';
import { keyOf } from './file-key.ts';

export interface ReadFileDependencies {
  readonly credentials: Credentials;
  readonly store: ObjectStore;
  readonly registry: Registry;
  /** Anyone may read every file. */
  readonly publicRead: boolean;
}

/** How long an address lives that leads on to S3: time to begin, not to end. */
const READ_LIFE_SECONDS = 15 * 60;

/** What a browser may show of a file that a stranger uploaded: never a page, a script or a picture with scripts. */
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
};

function contentTypeOf(key: string): string {
  return CONTENT_TYPES[key.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
}

/** `<owner>/<name>/…`: the owner may, and anyone when the package of that name is public. */
async function mayRead(key: string, person: Person | undefined, dependencies: ReadFileDependencies) {
  const [owner = '', name = ''] = key.split('/');
  // What loads make lies under "_cubes" and is served by nobody but the cubes' own endpoints.
  if (!/^[a-z0-9]/.test(owner)) return false;
  if (dependencies.publicRead || mayActFor(person, owner)) return true;
  const registered = await dependencies.registry.findPackage(`${owner}:${name}`);
  return registered !== undefined && !registered.private && !registered.hidden;
}

function describe(res: Response, object: StoredObject): void {
  res.set({
    ETag: object.etag,
    'Last-Modified': object.modifiedAt.toUTCString(),
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    'Content-Type': contentTypeOf(object.key),
    'Content-Security-Policy': "sandbox; default-src 'none'",
  });
}

async function send(req: Request, res: Response, store: ObjectStore, object: StoredObject): Promise<void> {
  const range = byteRangeOf(req, object);
  if (range === 'unsatisfiable') {
    const headers = { 'Content-Range': `bytes */${object.length}` };
    throw problem('range_not_satisfiable', `The file has ${object.length} bytes`, { headers });
  }
  const opened = await store.read(object.key, range ? { range } : {});
  describe(res, opened);
  if (range) {
    const end = Math.min(range.end, opened.length - 1);
    res.status(206).set('Content-Range', `bytes ${range.start}-${end}/${opened.length}`);
    res.set('Content-Length', String(end - range.start + 1));
  } else {
    res.set('Content-Length', String(opened.length));
  }
  if (req.method === 'HEAD') {
    opened.stream.destroy();
    res.end();
  } else await pipeline(opened.stream, res);
}

function notNow(cause: unknown): never {
  throw problem('unavailable', 'The store of files is not available', { cause });
}

/** Where S3 serves the file itself; HEAD is answered here, as an address is signed for one method. */
async function elsewhere(req: Request, store: ObjectStore, key: string): Promise<string | undefined> {
  if (req.method === 'HEAD') return undefined;
  return store.addressToRead(key, {
    expiresInSeconds: READ_LIFE_SECONDS,
    contentType: contentTypeOf(key),
  });
}

function answer(dependencies: ReadFileDependencies): RequestHandler {
  const { store } = dependencies;
  return async (req, res) => {
    const key = keyOf(req);
    const allowed = keyProblem(key) === undefined && (await mayRead(key, personOf(res), dependencies));
    const object = allowed ? await store.stat(key).catch(notNow) : undefined;
    // One answer for what is not there and what is not the caller's to know of.
    if (object === undefined) throw problem('not_found');
    describe(res, object);
    if (req.fresh) {
      res.status(304).end();
      return;
    }
    const address = await elsewhere(req, store, key);
    // The address is good for a while only, and for whoever has it.
    if (address !== undefined) res.set('Cache-Control', 'private, no-store').redirect(302, address);
    else await send(req, res, store, object);
  };
}

/** GET `/files/*`: a stored file, to its owner, or to anyone when its package is public. */
export function readFileEndpoint(dependencies: ReadFileDependencies): Endpoint {
  return {
    method: 'get',
    path: '/files/*key',
    tag: 'files',
    summary: 'Read a stored file',
    secured: true,
    request: { params: z.object({ key: z.string() }) },
    answers: {
      200: {
        description: 'The file',
        contentType: 'application/octet-stream',
        schema: z.string(),
        otherForms: { 'text/csv': z.string(), 'application/json': z.unknown() },
      },
      206: { description: 'The part that `Range` asked for' },
      302: { description: 'S3 serves the file, at this address' },
      304: { description: 'Unchanged since the ETag that was sent' },
      401: { description: 'The token is not good' },
      404: { description: 'There is no such file, or not for the caller' },
      503: { description: 'The store of files is not available' },
      416: { description: 'The range lies outside of the file' },
    },
    handlers: [dependencies.credentials.mayShow, answer(dependencies)],
  };
}
