import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  type CubeModel,
  type CubeSource,
  createDuckDbEngine,
  type Engine,
  fileBytes,
  fiscalModelOf,
  LoadFailure,
  modelOf,
  type PreparedTable,
  parseDescriptor,
  prepareTable,
  writeCubeFile,
  writeTable,
} from '../src/index.ts';

/** A folder and an engine that may use it, for one test file. */
export interface Workbench {
  readonly folder: string;
  readonly engine: Engine;
  readonly close: () => Promise<void>;
}

export async function openWorkbench(): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-warehouse-'));
  const engine = await createDuckDbEngine({
    folders: [folder],
    memoryMegabytes: 200,
    threads: 2,
    sessionsWithProgress: 1,
  });
  return {
    folder,
    engine,
    close: async () => {
      engine.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export interface LoadedTable {
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: unknown[][];
  readonly model: CubeModel;
  readonly file: string;
  readonly prepared: PreparedTable;
  readonly tables: CubeSource['tables'];
  readonly progress: readonly number[];
  readonly warnings: readonly string[];
}

let number = 0;

/** Loads a table as the worker does, and answers what came of it. */
export async function loadTable(
  bench: Workbench,
  content: string | Buffer | readonly (string | Buffer)[],
  resource: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): Promise<LoadedTable> {
  number += 1;
  const path = join(bench.folder, `table-${number}.csv`);
  const target = join(bench.folder, `table-${number}.parquet`);
  const contents: readonly (string | Buffer)[] = Array.isArray(content) ? content : [content];
  const text = JSON.stringify({
    name: 'test',
    resources: [{ name: 'data', path: 'data.csv', ...resource }],
    ...more,
  });
  const descriptor = parseDescriptor(text);
  const [first] = descriptor.resources;
  if (first === undefined) throw new Error('the descriptor has no resource');
  const written = await writeTable({
    name: 'data',
    resource: first,
    parts: contents.map((bytes, index) => ({
      name: first.path[index] ?? 'data',
      isGzipped: first.path[index]?.endsWith('.gz') === true,
      open: async () => Readable.from([Buffer.from(bytes)]),
    })),
    target: path,
    maxBytes: 50_000_000,
    signal: new AbortController().signal,
    see: () => undefined,
  });
  return bench.engine.withSession(async (session) => {
    const warnings: string[] = [];
    const file = {
      bytes: fileBytes(path),
      written,
      resource: first.name ?? 'data',
      descriptor: first,
      fiscalModel: fiscalModelOf(descriptor, 0),
      warn: (more: readonly string[]) => void warnings.push(...more),
    };
    const table = await prepareTable(session, file);
    const progress: number[] = [];
    const { plan } = table;
    await writeCubeFile({ session, table, target, onProgress: (rows) => progress.push(rows) });
    const model = await modelOf(session, { prepared: table, cubeFile: target, factTable: 'test' });
    const rows = await session.rows(`SELECT * FROM read_parquet('${target}')`);
    const columns = Object.fromEntries(plan.columns.map(({ name, sqlType }) => [name, sqlType]));
    const tables = { [model.fact_table]: { file: target, types: { ...columns, _id: 'BIGINT' } } };
    return {
      prepared: table,
      columns,
      rows,
      model,
      file: target,
      tables,
      progress,
      warnings,
    };
  });
}

/** The failure that loading this table ends in. */
export async function failureOf(...table: Parameters<typeof loadTable>): Promise<LoadFailure> {
  try {
    await loadTable(...table);
  } catch (error) {
    if (error instanceof LoadFailure) return error;
    throw error;
  }
  throw new Error('the table was loaded');
}
