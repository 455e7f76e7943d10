import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Client } from 'pg';
import { withColdReplica } from '../harness/cold-replica.ts';
import { fresh, ONE_DIMENSION, QUESTIONS, type Question } from '../harness/cube-questions.ts';
import { factsDescriptor, writeFacts } from '../harness/facts-file.ts';
import { withFileOnS3 } from '../harness/files-on-s3.ts';
import { cubeFileOf, multiplyFacts, multiplyTable } from '../harness/multiply-facts.ts';
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
import { temporaryFolder, temporaryPostgres } from '../harness/temporary.ts';
import { refusalOf, underLoad } from '../harness/under-load.ts';
import { copyWithPsql, load } from './package-load.ts';

const SIZES = (process.env.BENCH_FACTS ?? '1000000').split(',').map(Number);
/** Of a million facts; larger ones are asked less often. */
const ROUNDS = 15;
const ROUNDS_OF_LARGE = 5;
/** The most facts that are loaded from a CSV; larger cubes and tables are the facts of a million many times over. */
const MOST_LOADED = 10_000_000;
const MILLION = 1_000_000;
/** Of CSV, Parquet and PostgreSQL's table with its indexes. */
const DISK_BYTES_PER_FACT = 600;
const CONNECTIONS = [1, 8, 32];
/** Longer than the service's own: what 32 connections wait for each other over 50 M facts is to be seen. */
const QUERY_TIMEOUT_SECONDS = process.env.BENCH_QUERY_TIMEOUT_SECONDS ?? '60';
/** No question about a million facts is answered in it. */
const TOO_SHORT_SECONDS = '0.005';

interface Cube {
  readonly platform: BenchPlatform;
  /** Path of the cube on any read-api. */
  readonly path: string;
  readonly headers: Record<string, string>;
  /** Its Parquet file. */
  readonly file: string;
  /** Such as `1 M facts`. */
  readonly label: string;
}

interface Peers {
  readonly duckDb: (sql: string) => Promise<unknown>;
  readonly postgres: (sql: string) => Promise<unknown>;
}

type Facts = Record<string, string | number>;

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

/** The first questions of a new process, each asked anew. */
async function askColdReplica(
  { platform, path, headers, label }: Cube,
  where: string,
  files?: Readonly<Record<string, string>>,
): Promise<Facts> {
  const ask = async (url: string): Promise<Facts> => {
    const answers: Facts = {};
    for (const which of ['first', 'second', 'third']) {
      const seconds = await secondsOf(() => call(`${url}${path}/${fresh(ONE_DIMENSION)}`, { headers }));
      answers[`${which} question to a new process, files ${where}, ms, ${label}`] = Math.round(
        seconds * 1000,
      );
    }
    return answers;
  };
  return withColdReplica(platform, ask, files);
}

/** How a question is refused whose time is over. */
async function askOverTime({ platform, path, headers, label }: Cube): Promise<Facts> {
  const ask = async (url: string): Promise<Facts> => {
    await call(`${url}${path}/model`, { headers });
    let refusal: string | undefined;
    const seconds = await secondsOf(async () => {
      refusal = await refusalOf(`${url}${path}/${fresh(ONE_DIMENSION)}`, headers);
    });
    return {
      [`a question with ${Number(TOO_SHORT_SECONDS) * 1000} ms of time, ${label}`]: `${refusal ?? 'answered'} after ${(seconds * 1000).toFixed(0)} ms`,
    };
  };
  const variables = { FILES_FOLDER: platform.filesFolder, QUERY_TIMEOUT_SECONDS: TOO_SHORT_SECONDS };
  return withColdReplica(platform, ask, variables);
}

/** Admin ports are 100 above. */
function adminUrlOf(url: string): string {
  const admin = new URL(url);
  admin.port = String(Number(admin.port) + 100);
  return admin.origin;
}

/** Makes a cube and a table of that many facts. */
async function makeCube(
  platform: BenchPlatform,
  postgresUrl: string,
  folder: string,
  size: number,
): Promise<Cube> {
  const access = await authorize(platform, 'os.datastore');
  const name = `facts-${size}`;
  const written = size <= MOST_LOADED ? size : MILLION;
  const [csv, descriptor] = [join(folder, 'facts.csv'), join(folder, 'datapackage.json')];
  await writeFacts(csv, written);
  await writeFile(descriptor, JSON.stringify(factsDescriptor(name)));
  const addresses = await upload(platform, access, name, {
    'facts.csv': csv,
    'datapackage.json': descriptor,
  });
  await load(platform, access, name, addresses['datapackage.json'] ?? '');
  await copyWithPsql(postgresUrl, csv);
  await rm(csv);
  const file = await cubeFileOf(platform.filesFolder, name);
  if (size > written) {
    await multiplyFacts(file, size / written);
    await multiplyTable(postgresUrl, size / written);
  }
  return {
    ...{ platform, file, label: `${(size / MILLION).toLocaleString('en')} M facts` },
    path: `/api/3/cubes/${access.userid}:${name}`,
    headers: { Authorization: `Bearer ${access.token}` },
  };
}

interface Measured {
  readonly comparisons: Comparison[];
  readonly facts: Facts;
  /** Of new questions, seconds. */
  readonly median: number;
}

/** One question, new and repeated, against its peers. */
async function measureQuestion(
  cube: Cube,
  peers: Peers,
  question: Question,
  rounds: number,
): Promise<Measured> {
  const ask = (path: string) =>
    call(`${cube.platform.readApi.url}${cube.path}/${path}`, { headers: cube.headers });
  const [ours, alone, tables, repeated]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const path = fresh(question);
    ours.push(await secondsOf(() => ask(path)));
    repeated.push(await secondsOf(() => ask(path)));
    alone.push(await secondsOf(() => peers.duckDb(question.sql)));
    tables.push(await secondsOf(() => peers.postgres(question.sql)));
  }
  const of = { name: `${question.name}, ${cube.label}`, unit: 'seconds', ours } as const;
  const target = (text: string | undefined) => (text === undefined ? {} : { target: text });
  return {
    comparisons: [
      { ...of, peer: 'DuckDB alone', theirs: alone, ...target(question.duckDbTarget) },
      { ...of, peer: 'SQL over indexed PostgreSQL', theirs: tables, ...target(question.postgresTarget) },
    ],
    facts: { [`${of.name}, asked again, ms (target 5)`]: Number((median(repeated) * 1000).toFixed(2)) },
    median: median(ours),
  };
}

async function measureCube(cube: Cube, peers: Peers, size: number): Promise<Measured> {
  const comparisons: Comparison[] = [];
  const facts: Facts = {};
  let oneDimension = 0;
  for (const question of QUESTIONS) {
    const rounds = size > MILLION ? ROUNDS_OF_LARGE : ROUNDS;
    const measured = await measureQuestion(cube, peers, question, rounds);
    comparisons.push(...measured.comparisons);
    Object.assign(facts, measured.facts);
    if (question === ONE_DIMENSION) oneDimension = measured.median;
  }
  const onS3 = (variables: Record<string, string>) => askColdReplica(cube, 'on S3', variables);
  Object.assign(
    facts,
    await askColdReplica(cube, 'on disk'),
    await withFileOnS3(cube.platform, cube.file, onS3),
    await askOverTime(cube),
  );
  const url = cube.platform.readApi.url;
  const mostMemory = watchMemory({ adminUrl: adminUrlOf(url) });
  for (const connections of CONNECTIONS)
    facts[`${connections} connections, ${cube.label}`] = await underLoad(
      connections,
      url + cube.path,
      cube.headers,
    );
  facts[`most memory of read-api under load, MB, ${cube.label}`] = mostMemory();
  return { comparisons, facts, median: oneDimension };
}

async function measureSize(platform: BenchPlatform, postgresUrl: string, folder: string, size: number) {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < size * DISK_BYTES_PER_FACT)
    throw new Error(`${size} facts need ${Math.ceil((size * DISK_BYTES_PER_FACT) / 1e9)} GB of disk`);
  const cube = await makeCube(platform, postgresUrl, folder, size);
  const duckDb = await openDuckDb(cube.file);
  const postgres = new Client({ connectionString: postgresUrl });
  await postgres.connect();
  try {
    return await measureCube(cube, { duckDb: duckDb.ask, postgres: (sql) => postgres.query(sql) }, size);
  } finally {
    duckDb.close();
    await postgres.end();
  }
}

/** Questions about cubes by HTTP, new and repeated, against bare DuckDB and against PostgreSQL. */
export async function cubes(): Promise<CaseResult> {
  const folder = await temporaryFolder('cubes');
  const postgres = await temporaryPostgres();
  const platform = await startBenchPlatform({ QUERY_TIMEOUT_SECONDS });
  const comparisons: Comparison[] = [];
  const facts: Facts = { 'time limit of a question, seconds (default 10)': Number(QUERY_TIMEOUT_SECONDS) };
  let first: number | undefined;
  for (const size of SIZES) {
    const measured = await measureSize(platform, postgres.url, folder, size);
    comparisons.push(...measured.comparisons);
    Object.assign(facts, measured.facts);
    if (first !== undefined)
      facts[`one dimension, ${size} facts, times that of ${SIZES[0]}`] = Number(
        (measured.median / first).toFixed(1),
      );
    first ??= measured.median;
  }
  const largest = Math.max(...SIZES);
  return { case: largest > MOST_LOADED ? `cubes-${largest}` : 'cubes', comparisons, facts };
}
