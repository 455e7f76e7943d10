import type { EngineSession } from '../engine/sandbox.ts';
import { identifier, literal } from '../engine/sql-text.ts';
import { readCsv } from './csv-source.ts';
import type { ExaminedTable } from './examine-table.ts';
import { findDuplicates } from './find-duplicates.ts';
import type { PreparedTable } from './load-table.ts';
import { selectList } from './plan-columns.ts';
import { reportDuplicates, reportProblems } from './report-problems.ts';

const REJECTS = 'writing';

/** Often enough for "at least once a second" (packages.md A3.6) on a busy machine. */
const TICK_MILLISECONDS = 250;

export interface WriteOptions {
  readonly session: EngineSession;
  readonly table: PreparedTable;
  /** Absolute path of the Parquet file to write. */
  readonly target: string;
  /** Told the rows so far, at least once a second; never falling, at the end all of them. */
  readonly onProgress?: (rows: number) => void;
}

/**
 * A row that only the second reading refused: DuckDB does not look into columns that a statement leaves
 * out, and the examination leaves out plain text, whose one possible fault is its encoding.
 */
async function reportRefusedRows(
  session: EngineSession,
  table: ExaminedTable,
  resource: string,
): Promise<never> {
  await reportProblems({
    session,
    source: table.source,
    resource,
    columns: [],
    broken: [],
    keys: [],
    rejects: REJECTS,
  });
  throw new Error(`"${resource}": the second reading found another number of rows than the first`);
}

/**
 * Writes the typed zstd Parquet file: `_id` is the row number and rows keep their order. Answers the rows written.
 * @throws {LoadFailure} `data_invalid` for rows that are not in the file's encoding, and for keys that repeat.
 */
export async function writeCubeFile(options: WriteOptions): Promise<number> {
  const { session, target, onProgress = () => undefined } = options;
  const { table, plan, file } = options.table;
  let highest = 0;
  const tick = () => {
    // rejected is already impossible, so the share of the file read is the share of rows
    highest = Math.max(highest, Math.floor(session.progress() * table.rows));
    onProgress(highest);
  };
  const timer = setInterval(tick, TICK_MILLISECONDS);
  try {
    // Lines of spaces are refused rows to DuckDB; the examination has seen that nothing else is.
    const source = readCsv(table.source, table.clean ? undefined : REJECTS);
    const [row = []] = await session.rows(
      `COPY (SELECT ${selectList(plan)} FROM ${source}) TO ${literal(target)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    const written = Number(row[0]);
    if (written !== table.rows) await reportRefusedRows(session, table, file.resource);
    const duplicates = await findDuplicates(
      session,
      `(SELECT _id AS row, * FROM read_parquet(${literal(target)}))`,
      table.keys,
      ({ field }) => identifier(plan.byField.get(field.name.trim())?.name ?? ''),
    );
    await reportDuplicates(table.source, file.resource, duplicates);
    onProgress(written);
    return written;
  } finally {
    clearInterval(timer);
  }
}
