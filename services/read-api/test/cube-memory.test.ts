import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { filesInPlace } from '../src/cubes/disk/in-place.ts';
import { type OpenCubes, openCubes } from '../src/cubes/open-cubes.ts';
import { type CubeBench, OWNER, openCubeBench } from './cube-bench.ts';

const MEGABYTE = 1024 ** 2;
const ROWS = 400_000;
/** Every row is a group of its own, all of which are more than the memory of the engines below. */
const MANY_GROUPS = 'aggregate?drilldown=first|second&aggregates=amount.sum&pagesize=1';

let bench: CubeBench;
let folder: string;
const opened: OpenCubes[] = [];

const long = (letter: string, row: number) => letter.repeat(12) + String(row).padStart(6, '0');

beforeAll(async () => {
  bench = await openCubeBench();
  folder = await mkdtemp(join(tmpdir(), 'flyloft-memory-'));
  const lines = Array.from({ length: ROWS }, (_, row) => `${long('a', row)},${long('b', ROWS - row)},1.50`);
  await bench.publish('wide', { data: `first,second,amount\n${lines.join('\n')}\n` });
  await bench.setPrivate('wide', false);
});
afterAll(async () => {
  for (const { stopPhases } of opened) for (const { run } of stopPhases) await run();
  await bench.close();
  await rm(folder, { recursive: true });
});

/** A replica with little memory, which may set aside so much in a folder of which nothing is there. */
async function replica(spilled: string, maxBytes: number) {
  const cubes = await openCubes({
    connectionString: bench.databaseUrl,
    files: {
      files: filesInPlace(bench.store),
      folder: bench.folder,
      healthChecks: [],
      close: () => undefined,
    },
    memoryMegabytes: 56,
    threads: 1,
    spill: { folder: spilled, maxBytes },
    queryTimeoutSeconds: 60,
    answersMaxBytes: MEGABYTE,
    verification: { issuer: bench.issuer.issuer, keys: { kind: 'static', jwks: bench.issuer.jwks } },
  });
  opened.push(cubes);
  const app = bench.makeApp({ cubes: cubes.dependencies });
  return (path: string) => request(app).get(`/api/3/cubes/${OWNER}:wide/${path}`);
}

describe('a question that needs more memory than the engine has', () => {
  it('is answered by what may be set aside on disk, of which nothing is left', async () => {
    const spilled = join(folder, 'not/yet/there');
    const get = await replica(spilled, 1024 * MEGABYTE);
    const { status, body } = await get(MANY_GROUPS);
    expect([status, body.total_cell_count, body.summary]).toEqual([200, ROWS, { 'amount.sum': ROWS * 1.5 }]);
    expect(body.cells).toEqual([
      { 'first.first': long('a', 0), 'second.second': long('b', ROWS), 'amount.sum': 1.5 },
    ]);
    expect(await readdir(spilled)).toEqual([]);
  });

  it('is 503 once that is full, says what to do, and leaves the replica able to answer others', async () => {
    const spilled = join(folder, 'full');
    // what a process that was killed has left
    await mkdir(spilled);
    await writeFile(join(spilled, 'left.tmp'), 'x');
    const get = await replica(spilled, MEGABYTE);
    const refused = await get(MANY_GROUPS);
    expect([refused.status, refused.body.code, refused.headers['retry-after']]).toEqual([
      503,
      'unavailable',
      '5',
    ]);
    expect(refused.body.message).toBe(
      'The query needs more memory than there is: ask for fewer groups, by a cut or by fewer dimensions, or later.',
    );
    const few = await get(`aggregate?drilldown=first&cut=first:${long('a', 7)}`);
    expect([few.status, few.body.total_cell_count]).toEqual([200, 1]);
    expect(await readdir(spilled)).toEqual([]);
  });
});
