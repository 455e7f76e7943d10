import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { Client } from 'pg';
import { FACT_COLUMNS, factsDescriptor, INDEXED_COLUMNS, writeFacts } from '../harness/facts-file.ts';
import {
  type Access,
  authorize,
  BENCH_ROWS,
  type BenchPlatform,
  call,
  caseOfRows,
  loadToEnd,
  type MeasuredLoad,
  rowsInWords,
  startBenchPlatform,
  upload,
  watchMemory,
} from '../harness/platform.ts';
import type { CaseResult } from '../harness/report.ts';
import { secondsOf } from '../harness/statistics.ts';
import { temporaryFolder, temporaryPostgres } from '../harness/temporary.ts';

/** Millions of rows more are measured once: a round takes minutes. */
const ROUNDS = BENCH_ROWS > 1_000_000 ? 1 : 3;
const run = promisify(execFile);

/** From the request that queues the load to the first aggregate that answers. */
export async function load(
  platform: BenchPlatform,
  access: Access,
  name: string,
  descriptor: string,
): Promise<MeasuredLoad> {
  const ended = await loadToEnd(platform, access, descriptor);
  if (ended.status !== 'done') throw new Error(ended.error ?? 'the load failed');
  const cube = `${platform.origin}/api/3/cubes/${access.userid}:${name}/aggregate?drilldown=region&aggregates=amount.sum`;
  await call(cube, { headers: { Authorization: `Bearer ${access.token}` } });
  return ended;
}

export async function copyWithPsql(url: string, file: string): Promise<void> {
  const columns = Object.entries(FACT_COLUMNS).map(([name, type]) => `${name} ${type}`);
  const indexes = INDEXED_COLUMNS.flatMap((name) => ['-c', `CREATE INDEX ON facts (${name})`]);
  await run('psql', [
    ...[url, '-q', '-v', 'ON_ERROR_STOP=1', '-c', 'DROP TABLE IF EXISTS facts'],
    ...['-c', `CREATE TABLE facts (_id bigserial PRIMARY KEY, ${columns.join(', ')})`],
    ...[
      '-c',
      `\\copy facts (${Object.keys(FACT_COLUMNS).join(', ')}) FROM '${file}' WITH (FORMAT csv, HEADER)`,
    ],
    ...indexes,
    ...['-c', 'ANALYZE facts'],
  ]);
}

async function duckdbAlone(file: string, target: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '200MB', threads: '2' });
  const connection = await instance.connect();
  const sqlType = (type: string) =>
    type.startsWith('numeric') ? 'DECIMAL(18,2)' : type === 'text' ? 'VARCHAR' : 'INTEGER';
  const columns = Object.entries(FACT_COLUMNS).map(([name, type]) => `'${name}': '${sqlType(type)}'`);
  await connection.run(
    `COPY (SELECT * FROM read_csv('${file}', header = true, auto_detect = false, delim = ',', quote = '"',
       columns = {${columns.join(', ')}})) TO '${target}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  connection.closeSync();
  instance.closeSync();
}

/** A load of a million rows (`BENCH_ROWS`), from queued to queryable, against psql and against DuckDB alone. */
export async function packageLoad(): Promise<CaseResult> {
  const folder = await temporaryFolder('load');
  const file = join(folder, 'facts.csv');
  await writeFacts(file, BENCH_ROWS);
  const postgres = await temporaryPostgres();
  const platform = await startBenchPlatform();
  const ours: number[] = [];
  const psql: number[] = [];
  const duckdb: number[] = [];
  let memory = 0;
  let phases: MeasuredLoad['phases'] = [];
  const access = await authorize(platform, 'os.datastore');
  for (let round = 0; round < ROUNDS; round += 1) {
    // A name of its own for each round: the same package again would not be loaded again.
    const name = `facts-${round}`;
    const descriptorFile = join(folder, 'datapackage.json');
    await writeFile(descriptorFile, JSON.stringify(factsDescriptor(name)));
    const addresses = await upload(platform, access, name, {
      'facts.csv': file,
      'datapackage.json': descriptorFile,
    });
    const mostMemory = watchMemory(platform.worker);
    const measured = async () => {
      ({ phases } = await load(platform, access, name, addresses['datapackage.json'] ?? ''));
    };
    ours.push(await secondsOf(measured));
    memory = Math.max(memory, mostMemory());
    psql.push(await secondsOf(() => copyWithPsql(postgres.url, file)));
    duckdb.push(await secondsOf(() => duckdbAlone(file, join(folder, 'facts.parquet'))));
  }
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  const { rows } = await client.query<{ count: string }>('SELECT count(*) AS count FROM facts');
  await client.end();
  if (rows[0]?.count !== String(BENCH_ROWS)) throw new Error('psql did not load every row');
  const name = `load of ${rowsInWords(BENCH_ROWS)} rows × 8 columns, queued to queryable`;
  return {
    case: caseOfRows('package-load'),
    comparisons: [
      { name, peer: 'psql \\copy, 4 indexes, ANALYZE', unit: 'seconds', ours, theirs: psql, target: '≤ 0.5' },
      { name, peer: 'DuckDB alone, CSV to Parquet', unit: 'seconds', ours, theirs: duckdb, target: '≤ 3' },
    ],
    facts: {
      'most memory of the worker, MB (limit 512)': memory,
      ...Object.fromEntries(
        phases.map(({ status, seconds }) => [`phase ${status} of the last round, seconds`, seconds ?? 0]),
      ),
    },
  };
}
