/** A value bound to a parameter. Everything exact travels as text and is cast in the statement. */
export type Parameter = string | number | boolean | null;

/** A cell as the engine answers it: text for all exact types, so that no digit passes through a double. */
export type Cell = string | number | boolean | null;

export interface EngineSession {
  /** @throws {EngineError} */
  rows(sql: string, parameters?: readonly Parameter[]): Promise<Cell[][]>;
  /** The same a part at a time, computed as it is asked for: memory does not grow with the answer. */
  stream(sql: string, parameters?: readonly Parameter[]): AsyncIterable<Cell[][]>;
  /** Share of the running statement that is done, 0 to 1; 0 where the engine was not asked to tell. */
  progress(): number;
}

export interface SessionOptions {
  /** Aborting it interrupts the running statement, and every one after it. */
  readonly signal?: AbortSignal;
}

/** An SQL engine that can touch nothing but the folders it was given. */
export interface Engine {
  /** Opens a session for as long as `work` takes. */
  withSession<T>(work: (session: EngineSession) => Promise<T>, options?: SessionOptions): Promise<T>;
  close(): void;
}

/** `missing_file`: a file that a statement names is not there (any more). */
export type EngineErrorKind = 'interrupted' | 'out_of_memory' | 'missing_file' | 'failed';

export class EngineError extends Error {
  readonly kind: EngineErrorKind;

  constructor(kind: EngineErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'EngineError';
    this.kind = kind;
  }
}
