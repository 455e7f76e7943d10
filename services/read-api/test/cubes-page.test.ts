import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import request from 'supertest';
import { type CubeBench, OWNER, openCubeBench } from './cube-bench.ts';

/** docs/cubes.md: a block of `http` and the block behind it, which says the answer. */
const ROOT = join(import.meta.dirname, '../../..');
const EXAMPLE = /```http\nGET (\S+)\n```\s+```(json|csv|ndjson) (\d{3})\n(.*?)```/gs;
const CUBE = `${OWNER}:boost-moldova`;

const page = readFileSync(join(ROOT, 'docs/cubes.md'), 'utf8').replaceAll('$CUBE', CUBE);
const examples = [...page.matchAll(EXAMPLE)].map(([, path = '', kind = '', status, answer = '']) => ({
  path,
  kind,
  status: Number(status),
  answer,
}));

let bench: CubeBench;
let app: Express;

beforeAll(async () => {
  const sample = join(ROOT, 'samples/boost-moldova');
  bench = await openCubeBench();
  const data = readFileSync(join(sample, 'data/boost-moldova-2014.csv'), 'utf8');
  const descriptor = readFileSync(join(sample, 'datapackage.json'), 'utf8');
  await bench.publish('boost-moldova', { data }, { descriptor });
  await bench.setPrivate('boost-moldova', false);
  app = bench.makeApp();
});
afterAll(() => bench.close());

describe('the examples of docs/cubes.md', () => {
  it('are all found', () => {
    expect(examples).toHaveLength(page.match(/```http/g)?.length ?? 0);
  });

  it.each(examples.map((example) => [example.path, example] as const))(
    '%s answers what the page says',
    async (_path, { path, kind, status, answer }) => {
      const given = await request(app).get(encodeURI(path)).buffer(true);
      expect(given.status).toBe(status);
      if (kind === 'json') expect(given.body).toMatchObject(JSON.parse(answer));
      // Digits count, which JSON.parse may lose.
      else expect(given.text.replaceAll('\r\n', '\n')).toBe(answer);
    },
  );
});
