import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { type Cell, type Engine, EngineError, type EngineSession, type Parameter } from '../sandbox.ts';
import { identifier, literal } from '../sql-text.ts';

export interface DuckDbOptions {
  /** The only folders that statements can read and write, given as absolute paths. */
  readonly folders: readonly string[];
  /** Where DuckDB may spill what does not fit into memory; without it, it may not. */
  readonly temporaryFolder?: string | undefined;
  /** The most that it may hold; default: nine tenths of the disk's free room. */
  readonly temporaryMaxBytes?: number;
  /** Shared by all sessions. */
  readonly memoryMegabytes: number;
  readonly threads: number;
  /**
   * How many sessions at a time can tell their progress; default none. DuckDB keeps that setting for each
   * connection and lets none be changed once it is locked, so these connections are opened beforehand.
   */
  readonly sessionsWithProgress?: number;
}

const PROGRESS = [
  'SET enable_progress_bar = true',
  'SET enable_progress_bar_print = false',
  // by default nothing is told of statements shorter than two seconds
  'SET progress_bar_time = 0',
];

const MISSING_FILE = /^(Error: )?IO Error: (No files found|Cannot open file)/;

/** The memory's end, or that of the temporary folder, by its limit or by the disk's. */
const NO_ROOM = /^(Error: )?Out of Memory|No space left on device/;

const NEVER = new AbortController().signal;

function asEngineError(error: unknown): EngineError {
  if (error instanceof EngineError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (NO_ROOM.test(message)) return new EngineError('out_of_memory', message, error);
  if (MISSING_FILE.test(message)) return new EngineError('missing_file', message, error);
  return new EngineError('failed', message, error);
}

function toCell(value: unknown): Cell {
  if (
    value === null ||
    typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'boolean'
  ) {
    return value;
  }
  return JSON.stringify(value);
}

/** How often a statement that must stop is told so: interrupt() does nothing to one that has not quite begun. */
const INTERRUPT_MILLISECONDS = 20;

async function interruptible<T>(
  connection: DuckDBConnection,
  signal: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw new EngineError('interrupted', 'interrupted');
  let timer: NodeJS.Timeout | undefined;
  const stop = () => {
    connection.interrupt();
    timer = setInterval(() => connection.interrupt(), INTERRUPT_MILLISECONDS);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await run();
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  }
}

const bound = (parameters: readonly Parameter[]): DuckDBValue[] | undefined =>
  parameters.length === 0 ? undefined : [...parameters];

function openSession(connection: DuckDBConnection, signal: AbortSignal): EngineSession {
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await interruptible(connection, signal, work);
    } catch (error) {
      // what an interrupted statement says depends on how far it had come
      throw signal.aborted ? new EngineError('interrupted', 'interrupted', error) : asEngineError(error);
    }
  };
  const cells = (rows: readonly unknown[][]) => rows.map((row) => row.map(toCell));
  return {
    rows: async (sql, parameters = []) => {
      const reader = await run(() => connection.runAndReadAll(sql, bound(parameters)));
      return cells(reader.getRowsJson());
    },
    stream: async function* (sql, parameters = []) {
      const result = await run(() => connection.stream(sql, bound(parameters)));
      const parts = result.yieldRowsJson();
      for (;;) {
        const part = await run(() => parts.next());
        if (part.done === true) return;
        yield cells(part.value);
      }
    },
    progress: () => Math.min(1, Math.max(0, connection.progress.percentage / 100)),
  };
}

function settings(options: DuckDbOptions): string[] {
  const { folders, temporaryFolder, temporaryMaxBytes } = options;
  const allowed = [...folders, ...(temporaryFolder === undefined ? [] : [temporaryFolder])];
  return [
    `SET allowed_directories = [${allowed.map((folder) => literal(`${folder}/`)).join(', ')}]`,
    // Unset, it would be `.tmp` where the process was started, as large as the disk.
    `SET temp_directory = ${literal(temporaryFolder ?? '')}`,
    ...(temporaryMaxBytes === undefined ? [] : [`SET max_temp_directory_size = '${temporaryMaxBytes}B'`]),
    'SET enable_external_access = false',
    // From here on no statement can widen what it may do.
    'SET lock_configuration = true',
  ];
}

async function connect(instance: DuckDBInstance, statements: readonly string[]): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  for (const statement of statements) await connection.run(statement);
  return connection;
}

/** What one session has left, such as refused rows, is none of the next one's business. */
async function forgetTables(connection: DuckDBConnection): Promise<void> {
  const reader = await connection.runAndReadAll('SELECT table_name FROM duckdb_tables() WHERE temporary');
  for (const [name] of reader.getRowsJson()) await connection.run(`DROP TABLE ${identifier(String(name))}`);
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
  const kept: DuckDBConnection[] = [];
  for (let number = 0; number < (options.sessionsWithProgress ?? 0); number++) {
    kept.push(await connect(instance, PROGRESS));
  }
  (await connect(instance, settings(options))).closeSync();
  const idle = [...kept];
  return {
    withSession: async (work, { signal = NEVER } = {}) => {
      const connection = idle.pop() ?? (await instance.connect());
      try {
        return await work(openSession(connection, signal));
      } finally {
        if (kept.includes(connection)) {
          await forgetTables(connection);
          idle.push(connection);
        } else connection.closeSync();
      }
    },
    close: () => instance.closeSync(),
  };
}
