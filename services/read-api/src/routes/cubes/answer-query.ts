import { createHash } from 'node:crypto';
import { claimsOf, problem } from '@flyloft/common';
import type { FoundCube, RegisteredPackage } from '@flyloft/registry';
import {
  type CubeSource,
  csvText,
  cubeModelSchema,
  jsonText,
  type PreparedQuery,
  type QueryAnswer,
} from '@flyloft/warehouse';
import type { Request, RequestHandler, Response } from 'express';
import type { KeptAnswer } from '../../cubes/answer-cache.ts';
import { runQuery } from '../../cubes/run-query.ts';
import { visibleCube } from '../../cubes/visible.ts';
import { startTiming } from '../../http/server-timing.ts';
import type { CubeDependencies } from './cube-dependencies.ts';

/** Understands a request's query; throws a problem when it cannot. */
export type PrepareQuery = (source: CubeSource, req: Request) => PreparedQuery;

function bad(parameter: string, detail: string): never {
  throw problem('invalid_parameter', `${parameter}: ${detail}`, { errors: [{ parameter, detail }] });
}

function formatOf(req: Request): 'json' | 'csv' {
  if (req.query.explain !== undefined) bad('explain', 'is not supported');
  const { format = 'json' } = req.query;
  return format === 'json' || format === 'csv' ? format : bad('format', 'is neither json nor csv');
}

/** Harmless CSV is the default where a browser would hand it to a spreadsheet (cubes.md A). */
function isSafe(req: Request): boolean {
  if (typeof req.query.safe === 'string') return req.query.safe !== '0' && req.query.safe !== 'false';
  return req.get('sec-fetch-dest') === 'document' || /^\s*text\/html/.test(req.get('accept') ?? '');
}

/** Changes with the load, with anything said about the package, and with the question. */
function etagOf(req: Request, { cube, package: registered }: FoundCube, safe: boolean): string {
  const { jwt: _secret, ...query } = req.query;
  const question = JSON.stringify([cube.file, registered.lastUpdate, req.path, query, safe]);
  return `"${createHash('sha256').update(question).digest('base64url')}"`;
}

export function setCaching(res: Response, registered: RegisteredPackage, etag?: string): void {
  res.setHeader('Cache-Control', registered.private ? 'private, no-cache' : 'public, no-cache');
  res.setHeader('Vary', 'Authorization, Accept, Sec-Fetch-Dest');
  if (etag !== undefined) res.setHeader('ETag', etag);
}

function hasAlready(req: Request, etag: string): boolean {
  const sent = req.get('if-none-match');
  return sent?.split(',').some((part) => [etag, '*'].includes(part.trim().replace(/^W\//, ''))) ?? false;
}

function write(answer: QueryAnswer, format: 'json' | 'csv', safe: boolean): KeptAnswer {
  if (format === 'csv') {
    return { contentType: 'text/csv; charset=utf-8', text: csvText(answer.refs, answer.rows, { safe }) };
  }
  return { contentType: 'application/json', text: jsonText({ ...answer.body, status: 'ok' }) };
}

function send(res: Response, { contentType, text }: KeptAnswer): void {
  res.setHeader('Content-Type', contentType);
  if (contentType.startsWith('text/csv'))
    res.setHeader('Content-Disposition', 'attachment; filename="data.csv"');
  res.send(text);
}

function goneSignal(res: Response): AbortSignal {
  const controller = new AbortController();
  res.once('close', () => controller.abort());
  return controller.signal;
}

/** Answers a query over a cube: who may see it, then what is asked, then the kept answer or the engine's. */
export function answerQuery(dependencies: CubeDependencies, prepare: PrepareQuery): RequestHandler {
  const { registry, engine, files, answers, queryTimeoutSeconds } = dependencies;
  return async (req, res) => {
    const timing = startTiming();
    const found = await visibleCube(registry, String(req.params.id), claimsOf(res));
    timing.mark('authorise');
    const [format, safe] = [formatOf(req), isSafe(req)];
    const file = files.pathOf(found.cube.file);
    const query = prepare({ model: cubeModelSchema.parse(found.cube.model), file }, req);
    timing.mark('parse');
    const etag = etagOf(req, found, safe);
    setCaching(res, found.package, etag);
    if (hasAlready(req, etag)) {
      res.status(304).end();
      return;
    }
    let answer = answers.find(etag);
    if (answer === undefined) {
      const limits = { timeoutSeconds: queryTimeoutSeconds, gone: goneSignal(res) };
      const result = await files.holding(found.cube.file, () => runQuery(engine, query, limits));
      timing.mark('database');
      answer = write(result, format, safe);
      answers.keep(etag, answer);
    }
    timing.mark('serialise');
    timing.write(res);
    send(res, answer);
  };
}
