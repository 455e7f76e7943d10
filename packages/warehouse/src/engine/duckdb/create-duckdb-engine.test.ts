import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Engine } from '../sandbox.ts';
import { createDuckDbEngine } from './create-duckdb-engine.ts';

const MEGABYTE = 1024 ** 2;
const GROUPS = 1_500_000;

/** Keeps every group until the end, in several times the memory of the engines below. */
const LARGE = `SELECT count(*), CAST(sum(length(word)) AS VARCHAR) FROM
  (SELECT word, count(*) AS times FROM
    (SELECT repeat('x', 40) || range AS word FROM range(${GROUPS})) GROUP BY word ORDER BY times, word)`;

let folder: string;
const engines: Engine[] = [];

async function openEngine(spill?: { readonly maxBytes: number }): Promise<Engine> {
  const own = join(folder, `spilled-${engines.length}`);
  const engine = await createDuckDbEngine({
    folders: [join(folder, 'files')],
    memoryMegabytes: 64,
    threads: 1,
    ...(spill && { temporaryFolder: own, temporaryMaxBytes: spill.maxBytes }),
  });
  engines.push(engine);
  return engine;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flyloft-engine-'));
  await writeFile(join(folder, 'secret.csv'), 'a\n1\n');
});

afterAll(async () => {
  for (const engine of engines) engine.close();
  await rm(folder, { recursive: true });
});

describe('a query that needs more memory than there is', () => {
  it('is answered where it may spill, and leaves nothing behind', async () => {
    const engine = await openEngine({ maxBytes: 1024 * MEGABYTE });
    const [row] = await engine.withSession((session) => session.rows(LARGE));
    const digits = String(GROUPS - 1).length;
    const ofDigits = Array.from({ length: digits }, (_, index) => index + 1).map((length) => {
      const [from, to] = [length === 1 ? 0 : 10 ** (length - 1), Math.min(GROUPS, 10 ** length)];
      return length * (to - from);
    });
    const letters = GROUPS * 40 + ofDigits.reduce((sum, part) => sum + part, 0);
    expect(row).toEqual([String(GROUPS), String(letters)]);
    expect(await readdir(join(folder, 'spilled-0'))).toEqual([]);
  });

  it.each([
    ['may not spill', undefined],
    ['may spill less than it has to', { maxBytes: MEGABYTE }],
  ])('is refused as such where it %s, and the next one is answered', async (_, spill) => {
    const engine = await openEngine(spill);
    await expect(engine.withSession((session) => session.rows(LARGE))).rejects.toMatchObject({
      name: 'EngineError',
      kind: 'out_of_memory',
    });
    expect(await engine.withSession((session) => session.rows('SELECT 1'))).toEqual([[1]]);
  });
});

describe('an engine that may spill', () => {
  it.each([
    ['read files elsewhere', (path: string) => `SELECT * FROM read_csv('${path}/secret.csv')`],
    ['write files elsewhere', (path: string) => `COPY (SELECT 1) TO '${path}/new.csv'`],
    ['raise its own limit', () => `SET max_temp_directory_size = '100GB'`],
    ['move its folder', (path: string) => `SET temp_directory = '${path}'`],
  ])('lets no statement %s', async (_, statement) => {
    const engine = await openEngine({ maxBytes: MEGABYTE });
    const refused = engine.withSession((session) => session.rows(statement(folder)));
    await expect(refused).rejects.toMatchObject({ kind: 'failed' });
    expect(await readdir(folder)).not.toContain('new.csv');
  });
});
