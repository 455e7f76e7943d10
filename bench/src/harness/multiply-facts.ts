import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Client } from 'pg';
import { INDEXED_COLUMNS } from './facts-file.ts';

/** The Parquet file of a package's facts, in a store on this disk. */
export async function cubeFileOf(filesFolder: string, name: string): Promise<string> {
  const paths = await readdir(join(filesFolder, 'objects', '_cubes'), { recursive: true });
  const path = paths.find((entry) => entry.includes(name) && entry.endsWith('.parquet'));
  if (path === undefined) throw new Error(`no file of ${name}`);
  return join(filesFolder, 'objects', '_cubes', path);
}

/** Exchanges a cube's file for one that has its facts so many times over, numbered anew: seconds instead of minutes. */
export async function multiplyFacts(file: string, times: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '2GB', threads: '2' });
  const connection = await instance.connect();
  await connection.run(
    `COPY (SELECT row_number() OVER () AS _id, facts.* EXCLUDE (_id) FROM range(${times}), read_parquet('${file}') AS facts)
     TO '${file}.more' (FORMAT parquet, COMPRESSION zstd)`,
  );
  connection.closeSync();
  instance.closeSync();
  await rename(`${file}.more`, file);
}

/** The same with the table of facts that is in PostgreSQL, as this superuser's connection string finds it. */
export async function multiplyTable(connectionString: string, times: number): Promise<void> {
  const postgres = new Client({ connectionString });
  await postgres.connect();
  for (const statement of [
    "SET maintenance_work_mem = '1GB'",
    'ALTER TABLE facts RENAME TO few',
    `CREATE TABLE facts AS SELECT few.* FROM generate_series(1, ${times}), few`,
    'DROP TABLE few',
    ...INDEXED_COLUMNS.map((column) => `CREATE INDEX ON facts (${column})`),
    'ANALYZE facts',
  ])
    await postgres.query(statement);
  await postgres.end();
}
