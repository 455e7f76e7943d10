import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

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
