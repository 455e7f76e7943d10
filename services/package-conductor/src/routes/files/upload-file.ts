import { Readable } from 'node:stream';
import { problem } from '@flyloft/common';
import { BrokenUploadError, InvalidKeyError, UploadRefusedError, type Uploads } from '@flyloft/object-store';
import type { Endpoint } from '@flyloft/service-kit';
import { z } from 'zod';
import { keyOf } from './file-key.ts';

function asProblem(error: unknown): unknown {
  if (error instanceof UploadRefusedError) {
    return problem(error.expired ? 'upload_expired' : 'upload_signature', error.message);
  }
  if (error instanceof BrokenUploadError) return problem('upload_broken', error.message);
  if (error instanceof InvalidKeyError) return problem('invalid_parameter', error.message);
  return error;
}

/** PUT `/files/*`: takes exactly what the address was signed for. */
export function uploadFileEndpoint(uploads: Uploads): Endpoint {
  return {
    method: 'put',
    path: '/files/*key',
    tag: 'files',
    summary: 'Upload a file to a signed address',
    request: {
      params: z.object({ key: z.string() }),
      query: z.object({
        Expires: z.string(),
        Length: z.string(),
        SignedHeaders: z.string(),
        Signature: z.string(),
      }),
      headers: z.object({ 'content-md5': z.string(), 'content-type': z.string().optional() }),
      body: { contentType: 'application/octet-stream', schema: z.string() },
    },
    answers: {
      200: { description: 'The file is stored; its ETag is in the header' },
      400: { description: 'Not the announced bytes; nothing was stored' },
      403: { description: 'The address was not signed for this, or has expired' },
    },
    handlers: [
      async (req, res) => {
        // Reading that stops early must not cut the connection: the answer still goes over it.
        const body = Readable.from(req.iterator({ destroyOnReturn: false }), { objectMode: false });
        const upload = { key: keyOf(req), query: req.query, headers: req.headers, body };
        const stored = await uploads.receive(upload).catch((error: unknown) => {
          throw asProblem(error);
        });
        res.status(200).set('ETag', stored.etag).end();
      },
    ],
  };
}
