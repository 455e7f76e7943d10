import { claimsOf, problem } from '@flyloft/common';
import type { FoundCube } from '@flyloft/registry';
import {
  type CubeSource,
  csvText,
  explainQuery,
  jsonText,
  type PreparedQuery,
  type QueryAnswer,
  runQuery,
} from '@flyloft/warehouse';
import type { Request, RequestHandler, Response } from 'express';
import type { KeptAnswer } from '../../cubes/answer-cache.ts';
import { openCube } from '../../cubes/cube-source.ts';
import { withCube } from '../../cubes/with-cube.ts';
import { type ServerTiming, startTiming } from '../../http/server-timing.ts';
import { badParameter } from './bad-parameter.ts';
import type { CubeDependencies } from './cube-dependencies.ts';
import { cachingHeaders, etagOf, goneSignal, hasAlready, isSafe } from './describe-answer.ts';

/** Understands a request's query; throws a problem when it cannot. */
export type PrepareQuery = (source: CubeSource, req: Request) => PreparedQuery;

type Format = 'json' | 'csv';

function formatOf(req: Request): Format {
  const { format = 'json' } = req.query;
  if (format === 'json' || format === 'csv') return format;
  return badParameter('format', 'is none of the formats of this address');
}

function wantsPlan(req: Request): boolean {
  const { explain = 'false' } = req.query;
  if (explain !== 'true' && explain !== 'false') badParameter('explain', 'is neither true nor false');
  return explain === 'true';
}

function write(answer: QueryAnswer, format: Format, safe: boolean): KeptAnswer {
  if (format === 'csv') {
    const text = csvText(answer.refs, answer.rows, { safe });
    return { contentType: 'text/csv; charset=utf-8', body: Buffer.from(text) };
  }
  const text = jsonText({ ...answer.body, status: 'ok' });
  return { contentType: 'application/json; charset=utf-8', body: Buffer.from(text) };
}

function send(res: Response, { contentType, body }: KeptAnswer): void {
  res.setHeader('Content-Type', contentType);
  if (contentType.startsWith('text/csv')) {
    res.setHeader('Content-Disposition', 'attachment; filename="data.csv"');
  }
  res.send(body);
}

/** What the engine is asked and how it goes about it: to the owner, whom it helps to make the cube faster. */
async function explain(
  { engine, files }: CubeDependencies,
  prepare: PrepareQuery,
  found: FoundCube,
  req: Request,
  res: Response,
): Promise<void> {
  if (found.package.owner !== claimsOf(res)?.userid) {
    throw problem('permission_denied', 'Only the owner of a cube may see how its queries are run.');
  }
  const cube = openCube(found, files);
  const query = prepare(cube, req);
  const explained = await files.holding(cube.files, () =>
    engine.run(goneSignal(res), (session) => explainQuery(session, cube, query)),
  );
  res.setHeader('Cache-Control', 'private, no-store');
  res.type('json').send(jsonText({ status: 'ok', explain: explained }));
}

/** The kept answer or the engine's. */
async function answer(
  dependencies: CubeDependencies,
  prepare: PrepareQuery,
  found: FoundCube,
  timing: ServerTiming,
  req: Request,
  res: Response,
): Promise<void> {
  const { engine, files, answers } = dependencies;
  const [format, safe, etag] = [formatOf(req), isSafe(req), etagOf(req, found)];
  let kept = answers.find(etag);
  if (kept === undefined || hasAlready(req, etag)) {
    const cube = openCube(found, files);
    const query = prepare(cube, req);
    timing.mark('parse');
    res.set(cachingHeaders(found.package, etag));
    if (hasAlready(req, etag)) {
      res.status(304).end();
      return;
    }
    kept = await answers.findOrMake(etag, goneSignal(res), async (gone) => {
      const result = await files.holding(cube.files, () =>
        engine.run(gone, (session) => runQuery(session, query)),
      );
      timing.mark('database');
      return write(result, format, safe);
    });
  }
  res.set(cachingHeaders(found.package, etag));
  timing.mark('serialise');
  send(res, kept);
}

/** Answers a query over a cube: who may see it, then what is asked, then the kept answer or the engine's. */
export function answerQuery(dependencies: CubeDependencies, prepare: PrepareQuery): RequestHandler {
  return async (req, res) => {
    const timing = startTiming(res);
    await withCube(dependencies.registry, String(req.params.id), claimsOf(res), async (found) => {
      timing.mark('authorise');
      if (wantsPlan(req)) await explain(dependencies, prepare, found, req, res);
      else await answer(dependencies, prepare, found, timing, req, res);
    });
  };
}
