import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { freePort, startPostgres } from '@flyloft/local';
import { Client } from 'pg';
import { withColdReplica } from '../harness/cold-replica.ts';
import { factsDescriptor, writeFacts } from '../harness/facts-file.ts';
import { cubeFileOf, multiplyFacts } from '../harness/multiply-facts.ts';
import {
  authorize,
  type BenchPlatform,
  call,
  startBenchPlatform,
  upload,
  watchMemory,
} from '../harness/platform.ts';
import type { CaseResult, Comparison } from '../harness/report.ts';
import { median, secondsOf } from '../harness/statistics.ts';
import { copyWithPsql, load } from './package-load.ts';

const SIZES = (process.env.BENCH_FACTS ?? '1000000').split(',').map(Number);
/** Of a million facts; larger ones are asked less often. */
const ROUNDS = 15;
const ROUNDS_OF_LARGE = 5;
/** The most facts that are loaded from a CSV, and into PostgreSQL; larger cubes are the facts of a million many times over. */
const MOST_LOADED = 10_000_000;
const MILLION = 1_000_000;
const CONNECTIONS = [1, 8, 32];
const SECONDS_OF_LOAD = 4;

interface Question {
  readonly name: string;
  /** Path behind the cube's; `{n}` makes it another question, whose answer is not kept. */
  readonly path: string;
  /** The same by hand, of `facts`. */
  readonly sql: string;
  readonly duckDbTarget?: string;
  readonly postgresTarget?: string;
}

const QUESTIONS: readonly Question[] = [
  {
    name: 'one dimension',
    path: 'aggregate?drilldown=region&aggregates=amount.sum|_count&pagesize={n}',
    sql: 'SELECT region, sum(amount), count(*) FROM facts GROUP BY region ORDER BY region',
    duckDbTarget: '≤ 1.5',
    postgresTarget: '≤ 0.25',
  },
  {
    name: 'two dimensions',
    path: 'aggregate?drilldown=date|region&aggregates=amount.sum|_count&pagesize={n}',
    sql: 'SELECT year, region, sum(amount), count(*) FROM facts GROUP BY year, region ORDER BY year, region LIMIT 1000',
  },
  {
    name: 'filtered',
    path: 'aggregate?drilldown=region&cut=date:2015|function:F7&aggregates=amount.sum|_count&pagesize={n}',
    sql: `SELECT region, sum(amount), count(*) FROM facts WHERE year = 2015 AND function_code = 'F7' GROUP BY region ORDER BY region`,
  },
  {
    name: 'top facts',
    path: 'facts?fields=supplier,item,amount&order=amount:desc&pagesize={n}',
    sql: 'SELECT supplier, item, amount FROM facts ORDER BY amount DESC LIMIT 1000',
  },
  {
    name: 'members',
    path: 'members/supplier?pagesize={n}',
    sql: 'SELECT supplier FROM facts GROUP BY supplier ORDER BY supplier LIMIT 1000',
  },
];

/** A question that was not asked before. */
let asked = 1_000;
const fresh = ({ path }: Question) => {
  asked += 1;
  return path.replace('{n}', String(asked));
};

async function openDuckDb(file: string) {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '256MB', threads: '2' });
  const connection = await instance.connect();
  const ask = async (sql: string) => {
    const reader = await connection.runAndReadAll(sql.replace('FROM facts', `FROM read_parquet('${file}')`));
    return reader.getRowsJson();
  };
  return {
    ask,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/** Every connection asks new questions of all kinds, one after the other. */
async function underLoad(connections: number, ask: (path: string) => Promise<unknown>) {
  const seconds: number[] = [];
  const end = Date.now() + SECONDS_OF_LOAD * 1000;
  const lane = async (first: number) => {
    for (let turn = first; Date.now() < end; turn += 1) {
      const question = QUESTIONS[turn % QUESTIONS.length];
      if (question !== undefined) seconds.push(await secondsOf(() => ask(fresh(question))));
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => lane(index)));
  const sorted = seconds.sort((a, b) => a - b);
  const milliseconds = (share: number) =>
    ((sorted[Math.floor(sorted.length * share)] ?? 0) * 1000).toFixed(0);
  return `${(seconds.length / SECONDS_OF_LOAD).toFixed(0)} answers/s, median ${milliseconds(0.5)} ms, p95 ${milliseconds(0.95)} ms`;
}

/** The first questions of a new process, each asked anew. */
async function askColdReplica(
  platform: BenchPlatform,
  cube: string,
  headers: Record<string, string>,
  label: string,
): Promise<Record<string, number>> {
  const [question] = QUESTIONS;
  if (question === undefined) return {};
  return withColdReplica(platform, async (url) => {
    const answers: Record<string, number> = {};
    for (const which of ['first', 'second', 'third']) {
      const seconds = await secondsOf(() => call(`${url}${cube}${fresh(question)}`, { headers }));
      answers[`${which} question to a new process, ms, ${label}`] = Math.round(seconds * 1000);
    }
    return answers;
  });
}

/** Admin ports are 100 above. */
function adminUrlOf(url: string): string {
  const admin = new URL(url);
  admin.port = String(Number(admin.port) + 100);
  return admin.origin;
}

interface Measured {
  readonly comparisons: Comparison[];
  readonly facts: Record<string, string | number>;
  readonly oneDimension: number;
}

async function measureSize(
  platform: BenchPlatform,
  postgresUrl: string,
  folder: string,
  size: number,
): Promise<Measured> {
  const access = await authorize(platform, 'os.datastore');
  const name = `facts-${size}`;
  const isLoaded = size <= MOST_LOADED;
  const [csv, descriptor] = [join(folder, 'facts.csv'), join(folder, 'datapackage.json')];
  await writeFacts(csv, isLoaded ? size : MILLION);
  await writeFile(descriptor, JSON.stringify(factsDescriptor(name)));
  const addresses = await upload(platform, access, name, {
    'facts.csv': csv,
    'datapackage.json': descriptor,
  });
  await load(platform, access, name, addresses['datapackage.json'] ?? '');
  const file = await cubeFileOf(platform.filesFolder, name);
  if (isLoaded) await copyWithPsql(postgresUrl, csv);
  else await multiplyFacts(file, size / MILLION);
  await rm(csv);

  const headers = { Authorization: `Bearer ${access.token}` };
  const cube = `/api/3/cubes/${access.userid}:${name}`;
  const ask = (path: string) => call(`${platform.readApi.url}${cube}/${path}`, { headers });
  const duckDb = await openDuckDb(file);
  const postgres = new Client({ connectionString: postgresUrl });
  await postgres.connect();

  const comparisons: Comparison[] = [];
  const facts: Record<string, string | number> = {};
  let oneDimension = 0;
  const label = `${(size / 1e6).toLocaleString('en')} M facts`;
  try {
    for (const question of QUESTIONS) {
      const [ours, alone, tables, repeated]: [number[], number[], number[], number[]] = [[], [], [], []];
      for (let round = 0; round < (size > MILLION ? ROUNDS_OF_LARGE : ROUNDS); round += 1) {
        const path = fresh(question);
        ours.push(await secondsOf(() => ask(path)));
        repeated.push(await secondsOf(() => ask(path)));
        alone.push(await secondsOf(() => duckDb.ask(question.sql)));
        if (isLoaded) tables.push(await secondsOf(() => postgres.query(question.sql)));
      }
      const of = { name: `${question.name}, ${label}`, unit: 'seconds', ours } as const;
      const target = (text: string | undefined) => (text === undefined ? {} : { target: text });
      comparisons.push({ ...of, peer: 'DuckDB alone', theirs: alone, ...target(question.duckDbTarget) });
      const sql = { peer: 'SQL over indexed PostgreSQL', theirs: tables, ...target(question.postgresTarget) };
      if (isLoaded) comparisons.push({ ...of, ...sql });
      facts[`${of.name}, asked again, ms (target 5)`] = Number((median(repeated) * 1000).toFixed(2));
      if (question === QUESTIONS[0]) oneDimension = median(ours);
    }
    Object.assign(facts, await askColdReplica(platform, `${cube}/`, headers, label));
    const mostMemory = watchMemory({ adminUrl: adminUrlOf(platform.readApi.url) });
    for (const connections of CONNECTIONS)
      facts[`${connections} connections, ${label}`] = await underLoad(connections, ask);
    facts[`most memory of read-api under load, MB, ${label}`] = mostMemory();
  } finally {
    duckDb.close();
    await postgres.end();
  }
  return { comparisons, facts, oneDimension };
}

/** Questions about cubes by HTTP, new and repeated, against bare DuckDB and against PostgreSQL. */
export async function cubes(): Promise<CaseResult> {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-bench-cubes-'));
  const postgres = await startPostgres({
    dataFolder: join('/tmp', `flyloft-bench-postgres-${process.pid}`),
    port: await freePort(),
    password: 'bench',
  });
  const platform = await startBenchPlatform();
  const comparisons: Comparison[] = [];
  const facts: Record<string, string | number> = {};
  let first: number | undefined;
  try {
    for (const size of SIZES) {
      const measured = await measureSize(platform, postgres.url, folder, size);
      comparisons.push(...measured.comparisons);
      Object.assign(facts, measured.facts);
      if (first !== undefined)
        facts[`one dimension, ${size} facts, times that of ${SIZES[0]}`] = Number(
          (measured.oneDimension / first).toFixed(1),
        );
      first ??= measured.oneDimension;
    }
  } finally {
    await platform.stop();
    await postgres.stop();
    await rm(folder, { recursive: true });
  }
  const largest = Math.max(...SIZES);
  return { case: largest > MOST_LOADED ? `cubes-${largest}` : 'cubes', comparisons, facts };
}
