import { pipeline } from 'node:stream/promises';
import { claimsOf, problem } from '@flyloft/common';
import { ObjectNotFoundError } from '@flyloft/object-store';
import type { FoundCube } from '@flyloft/registry';
import { byteRangeOf, type Endpoint } from '@flyloft/service-kit';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { CubeFileGoneError } from '../../cubes/cube-files.ts';
import { withCube } from '../../cubes/with-cube.ts';
import { startTiming } from '../../http/server-timing.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { cubeParameters, queryRefusals, refusals } from './cube-schemas.ts';
import { cubeRoutes } from './define-routes.ts';
import { cachingHeaders, etagOf, hasAlready } from './describe-answer.ts';

const STALLED_MILLISECONDS = 60_000;

type Files = CubeDependencies['files'];

async function openFile(files: Files, key: string, range?: { readonly start: number; readonly end: number }) {
  return files.read(key, range ? { range } : {}).catch((cause: unknown) => {
    throw cause instanceof ObjectNotFoundError ? new CubeFileGoneError(cause) : cause;
  });
}

async function sendFile(
  files: Files,
  found: FoundCube,
  etag: string,
  req: Request,
  res: Response,
): Promise<void> {
  let opened = await openFile(files, found.cube.file);
  const { length } = opened;
  const range = byteRangeOf(req, { length, etag, modifiedAt: found.package.lastUpdate });
  if (range !== undefined) opened.stream.destroy();
  if (range === 'unsatisfiable') {
    const headers = { 'Content-Range': `bytes */${length}` };
    throw problem('range_not_satisfiable', `The file has ${length} bytes`, { headers });
  }
  if (range !== undefined) {
    opened = await openFile(files, found.cube.file, range);
    res.status(206).setHeader('Content-Range', `bytes ${range.start}-${range.end}/${length}`);
  }
  res.set({
    ...cachingHeaders(found.package, etag),
    'Content-Type': 'application/vnd.apache.parquet',
    'Content-Disposition': 'attachment; filename="facts.parquet"',
    'Accept-Ranges': 'bytes',
    'Content-Length': String(range === undefined ? length : range.end - range.start + 1),
  });
  res.setTimeout(STALLED_MILLISECONDS, () => res.destroy());
  if (req.method === 'HEAD') {
    opened.stream.destroy();
    res.end();
  } else await pipeline(opened.stream, res).catch(() => res.destroy());
}

/** The file that queries read, as it is: other engines read it too, and parts of it by `Range`. */
export function getFactsParquet({ registry, files, ...dependencies }: CubeDependencies): Endpoint[] {
  return cubeRoutes(dependencies, {
    path: '/api/3/cubes/:id/facts.parquet',
    summary: 'Downloads every fact of a cube as Parquet',
    request: { params: cubeParameters },
    answers: {
      200: { description: 'The file', contentType: 'application/vnd.apache.parquet', schema: z.string() },
      206: {
        description: 'The part that `Range` asked for',
        contentType: 'application/vnd.apache.parquet',
        schema: z.string(),
      },
      304: queryRefusals[304],
      ...refusals,
      416: { ...queryRefusals[400], description: 'The range lies outside of the file' },
      503: queryRefusals[503],
    },
    handlers: [
      async (req, res) => {
        const timing = startTiming(res);
        await withCube(registry, String(req.params.id), claimsOf(res), async (found) => {
          timing.mark('authorise');
          const etag = etagOf(req, found);
          if (hasAlready(req, etag)) res.status(304).set(cachingHeaders(found.package, etag)).end();
          else await sendFile(files, found, etag, req, res);
        });
      },
    ],
  });
}
