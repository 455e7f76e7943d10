import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { type Cube, cubeFilesPrefix } from '@flyloft/registry';
import {
  type CubeModel,
  checkReferences,
  type Engine,
  fileBytes,
  fiscalModelOf,
  modelOf,
  type PackageDescriptor,
  type PreparedTable,
  prepareTable,
  writeCubeFile,
} from '@flyloft/warehouse';
import type { LiveAttempt } from './attempt.ts';
import type { StagedResource } from './stage-resources.ts';

export interface TableWork {
  readonly engine: Engine;
  /** Where finished files go. */
  readonly store: { put(key: string, content: Readable): Promise<unknown> };
  readonly attempt: Pick<LiveAttempt, 'id' | 'signal' | 'report' | 'settle' | 'warn'>;
  readonly packageId: string;
  /** The folder of this attempt's files on this disk. */
  readonly folder: string;
  readonly descriptor: PackageDescriptor;
  readonly maxRows: number;
}

/** A table that is examined, and the files it is read from and written to. */
interface Table {
  readonly resource: StagedResource;
  readonly prepared: PreparedTable;
  readonly cubeFile: string;
}

/** Settles the column types of every table; the first that is not valid fails the load. */
export async function prepareTables(work: TableWork, resources: readonly StagedResource[]): Promise<Table[]> {
  const tables: Table[] = [];
  for (const resource of resources) {
    const file = {
      bytes: fileBytes(resource.written.path),
      written: resource.written,
      resource: resource.name,
      maxRows: work.maxRows,
      descriptor: resource.descriptor,
      fiscalModel: fiscalModelOf(work.descriptor, resource.index),
      warn: work.attempt.warn,
    };
    // A session for each table: what DuckDB refuses is kept in tables of the session.
    const prepared = await work.engine.withSession((session) => prepareTable(session, file), {
      signal: work.attempt.signal,
    });
    tables.push({ resource, prepared, cubeFile: join(work.folder, `${resource.slug}.parquet`) });
  }
  return tables;
}

/** Writes each table's Parquet file into the object store, telling the rows so far of all. Answers rows by table. */
export async function writeTables(work: TableWork, tables: readonly Table[]): Promise<number[]> {
  const written: number[] = [];
  let before = 0;
  for (const { prepared, cubeFile, resource } of tables) {
    const onProgress = (rows: number) => work.attempt.report(before + rows);
    const rows = await work.engine.withSession(
      (session) => writeCubeFile({ session, table: prepared, target: cubeFile, onProgress }),
      { signal: work.attempt.signal },
    );
    await rm(resource.written.path);
    await work.store.put(storeKey(work, resource), createReadStream(cubeFile));
    written.push(rows);
    before += rows;
  }
  await work.attempt.settle();
  return written;
}

/** What foreign keys point to and is not there, as warnings. */
export async function checkForeignKeys(work: TableWork, tables: readonly Table[]): Promise<string[]> {
  const written = tables.map(({ resource, prepared, cubeFile }) => ({
    resource: resource.name,
    prepared,
    cubeFile,
  }));
  return work.engine.withSession((session) => checkReferences(session, written), {
    signal: work.attempt.signal,
  });
}

function storeKey({ packageId, attempt }: TableWork, { slug }: StagedResource): string {
  const { loadId, attempt: number } = attempt.id;
  return `${cubeFilesPrefix(packageId, loadId, number)}${slug}.parquet`;
}

function describeCube(work: TableWork, { resource, prepared }: Table, rows: number, model: CubeModel): Cube {
  return {
    id: resource.isMain ? work.packageId : `${work.packageId}:${resource.slug}`,
    resource: resource.name,
    file: storeKey(work, resource),
    rows,
    columns: prepared.plan.columns.map(({ name, field, sqlType }) => ({ name, field, type: sqlType })),
    model,
  };
}

/** The cubes of the package with their models, the main one first. */
export async function modelTables(
  work: TableWork,
  tables: readonly Table[],
  rows: readonly number[],
): Promise<Cube[]> {
  const cubes: Cube[] = [];
  const written = tables.map(({ resource, prepared, cubeFile }) => {
    const factTable = `${work.packageId}:${resource.slug}`.replaceAll(/[^\w-]+/g, '_');
    return { resource, prepared, cubeFile, factTable };
  });
  for (const [index, table] of written.entries()) {
    const others = written.filter((other) => other !== table);
    const model = await work.engine.withSession((session) => modelOf(session, table, others), {
      signal: work.attempt.signal,
    });
    cubes.push(describeCube(work, table, rows[index] ?? 0, model));
  }
  return cubes.sort((a, b) => Number(b.id === work.packageId) - Number(a.id === work.packageId));
}
