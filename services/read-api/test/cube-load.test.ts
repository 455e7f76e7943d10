import { once } from 'node:events';
import { readdir, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cachedCopies } from '../src/cubes/disk/cached-copies.ts';
import { type CubeBench, OWNER, openCubeBench } from './cube-bench.ts';

let bench: CubeBench;
let server: Server;
let origin: string;
let cache: string;

/** `npm run soak -- cubes` goes on for this long; here six loads are enough. */
const SECONDS = Number(process.env.SOAK_CUBES_SECONDS ?? 0);
const LEAST_LOADS = 6;

/** How much more may be in use at the end than half way, when every cache has long been full. */
const MORE_MEMORY_BYTES = 64 * 1024 ** 2;

/** What is in use once garbage is collected: how far the heap has grown before says nothing. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Room for two or three of the files: most queries make another one go. */
const CACHE_BYTES = 3_000;

beforeAll(async () => {
  bench = await openCubeBench();
  cache = join(bench.folder, 'cache');
  const files = await cachedCopies({ store: bench.store, folder: cache, maxBytes: CACHE_BYTES });
  server = createServer(bench.makeApp({ files })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api/3/cubes/${OWNER}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await bench.close();
});

const ROWS = 300;
const table = (generation: number) =>
  `region,generation_mark,amount\n${Array.from({ length: ROWS }, (_, row) => `r${row % 7},g${generation},${generation}.25`).join('\n')}\n`;

const QUESTIONS = [
  'aggregate?drilldown=generation_mark',
  'aggregate?drilldown=generation_mark|region&pagesize=2',
  'aggregate?cut=region:r1&drilldown=generation_mark',
  'facts?order=amount:desc&pagesize=5',
  'facts?format=ndjson',
  'facts.csv',
  'members/generation_mark',
  'members/region?q=r1',
  'model',
  'facts.parquet',
];

/** Every mark that an answer names: of one load there is one. */
const marksIn = (text: string) => new Set([...text.matchAll(/\bg\d+\b/g)].map(([mark]) => mark));

it(
  '32 connections get whole answers of one load while packages are loaded again, shown, hidden and deleted',
  async () => {
    const names = ['one', 'two', 'three'];
    const current = new Map<string, string[]>();
    const load = async (name: string, generation: number) => {
      const before = current.get(name) ?? [];
      current.set(name, await bench.publish(name, { data: table(generation) }));
      await bench.setPrivate(name, false);
      // Sooner than the worker ever would.
      for (const file of before) await bench.store.remove(file);
    };
    for (const name of names) await load(name, 0);

    let isOver = false;
    const statuses = new Map<number, number>();
    const faults: string[] = [];
    const ask = async (connection: number) => {
      for (let turn = connection; !isOver; turn += 1) {
        const question = QUESTIONS[(turn * 7) % QUESTIONS.length] ?? '';
        const path = `${origin}:${names[turn % names.length]}/${question}`;
        const answer = await fetch(path);
        const text = await answer.text();
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
        const isMixed = question !== 'facts.parquet' && marksIn(text).size > 1;
        if (isMixed || ![200, 404].includes(answer.status))
          faults.push(`${answer.status} ${path} ${text.slice(0, 200)}`);
      }
    };
    const connections = Array.from({ length: 32 }, (_, connection) => ask(connection));
    const begin = Date.now();
    const [half, end] = [begin + SECONDS * 500, begin + SECONDS * 1000];
    let before: number | undefined;
    for (let generation = 1; generation <= LEAST_LOADS || Date.now() < end; generation += 1) {
      await load('one', generation);
      await bench.setPrivate('two', generation % 2 === 0);
      if (generation % 3 === 0) await bench.remove('three');
      else await load('three', generation);
      if (generation >= LEAST_LOADS / 2 && Date.now() >= half) before ??= memoryInUse();
    }
    isOver = true;
    await Promise.all(connections);

    expect(faults).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(50);
    expect(statuses.get(404)).toBeGreaterThan(0);
    const sizes = await Promise.all(
      (await readdir(cache)).map(async (name) => (await stat(join(cache, name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(CACHE_BYTES);
    expect(memoryInUse() - (before ?? 0)).toBeLessThan(MORE_MEMORY_BYTES);
  },
  60_000 + SECONDS * 2_000,
);
