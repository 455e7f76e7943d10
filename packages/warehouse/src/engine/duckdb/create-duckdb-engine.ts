import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { type Cell, type Engine, EngineError, type EngineSession, type Parameter } from '../sandbox.ts';
import { literal } from '../sql-text.ts';

export interface DuckDbOptions {
  /** The only folders that statements can read and write, given as absolute paths. */
  readonly folders: readonly string[];
  /** Where DuckDB may spill what does not fit into memory; without it, it may not. */
  readonly temporaryFolder?: string;
  /** Shared by all sessions. */
  readonly memoryMegabytes: number;
  readonly threads: number;
}

function asEngineError(error: unknown): EngineError {
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('INTERRUPT')) return new EngineError('interrupted', 'interrupted', error);
  if (message.startsWith('Out of Memory')) return new EngineError('out_of_memory', message, error);
  return new EngineError('failed', message, error);
}

function toCell(value: unknown): Cell {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
    return value;
  }
  return JSON.stringify(value);
}

function openSession(connection: DuckDBConnection, signal: AbortSignal | undefined): EngineSession {
  const interrupt = () => connection.interrupt();
  signal?.addEventListener('abort', interrupt);
  return {
    rows: async (sql: string, parameters: readonly Parameter[] = []) => {
      // interrupt() stops what runs and does not prevent what has not begun
      if (signal?.aborted) throw new EngineError('interrupted', 'interrupted');
      try {
        const values: DuckDBValue[] = [...parameters];
        const reader = await connection.runAndReadAll(sql, values.length === 0 ? undefined : values);
        return reader.getRowsJson().map((row) => row.map(toCell));
      } catch (error) {
        throw asEngineError(error);
      }
    },
    progress: () => Math.min(1, Math.max(0, connection.progress.percentage / 100)),
    close: () => {
      signal?.removeEventListener('abort', interrupt);
      connection.closeSync();
    },
  };
}

function settings(options: DuckDbOptions): string[] {
  const { folders, temporaryFolder } = options;
  const allowed = [...folders, ...(temporaryFolder === undefined ? [] : [temporaryFolder])];
  return [
    `SET allowed_directories = [${allowed.map((folder) => literal(`${folder}/`)).join(', ')}]`,
    ...(temporaryFolder === undefined ? [] : [`SET temp_directory = ${literal(temporaryFolder)}`]),
    'SET enable_progress_bar = true',
    'SET enable_progress_bar_print = false',
    'SET enable_external_access = false',
    // From here on no statement can widen what it may do.
    'SET lock_configuration = true',
  ];
}

/**
 * DuckDB inside this process, sandboxed (architecture.md section 3): no files but those in `folders`,
 * no network, no extensions, no change of settings.
 */
export async function createDuckDbEngine(options: DuckDbOptions): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: `${options.memoryMegabytes}MB`,
    threads: String(options.threads),
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    preserve_insertion_order: 'true',
  });
  const connection = await instance.connect();
  for (const statement of settings(options)) await connection.run(statement);
  connection.closeSync();
  return {
    withSession: async (work, sessionOptions = {}) => {
      const session = openSession(await instance.connect(), sessionOptions.signal);
      try {
        return await work(session);
      } finally {
        session.close();
      }
    },
    close: () => instance.closeSync(),
  };
}
