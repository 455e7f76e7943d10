import { endWhenSilent, ProblemError, problem } from '@flyloft/common';
import pg, { type Pool, type PoolClient } from 'pg';
import type { KeepOptions } from '../kept/keep-answers.ts';
import { readNumber } from '../numbers/number-value.ts';
import { readStoredJson } from './stored-json.ts';

export interface PostgresOptions {
  readonly connectionString: string;
  /** Longest time a statement may run; default 10. */
  readonly queryTimeoutSeconds?: number;
  /** Given: aggregates are kept, in the schema `kept_answers`, which this role may write. */
  readonly keepAnswers?: KeepOptions;
}

const NUMERIC = 1700;
const JSONB = 3802;
const POOL_WAIT_MILLISECONDS = 5_000;
/** How much later than its time limit a statement is given up whose refusal does not come either. */
const SILENCE_BEYOND_SECONDS = 2;

/** Numbers come with all their digits, in columns and in JSON. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === NUMERIC) return readNumber;
    if (oid === JSONB) return readStoredJson;
    // pg's own table; its type names the two formats apart, which this file never mixes
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

export function openPool({ connectionString, queryTimeoutSeconds = 10 }: PostgresOptions): Pool {
  const pool = new pg.Pool({
    connectionString,
    types,
    connectionTimeoutMillis: POOL_WAIT_MILLISECONDS,
    statement_timeout: queryTimeoutSeconds * 1000,
    options: '-c TimeZone=UTC',
  });
  // An idle connection that the server cut: the pool drops it, the next query opens another.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    // The pool does not listen to a connection in use; cut between two queries, it would end the process.
    client.on('error', () => undefined);
  });
  pool.on('acquire', (client) => endWhenSilent(client, queryTimeoutSeconds + SILENCE_BEYOND_SECONDS));
  return pool;
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EPIPE',
  'EHOSTUNREACH',
]);

/** Not by `instanceof Error`: an error of Node's own may come from another realm. */
function textOf(error: unknown, name: 'code' | 'message'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : '';
}

function codeOf(error: unknown): string {
  return textOf(error, 'code');
}

function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  // Connection exceptions, shut down, starting up, too many connections.
  if (NETWORK_CODES.has(code) || /^(08|57P0|53)/.test(code)) return true;
  return /timeout exceeded when trying to connect|Connection terminated|is not queryable/.test(
    textOf(error, 'message'),
  );
}

function unavailable(detail: string, cause: unknown): ProblemError {
  return problem('unavailable', detail, { cause, headers: { 'Retry-After': '5' } });
}

/** What went wrong as a problem, where it is one that clients should know of. */
export function toStoreProblem(error: unknown): unknown {
  if (isUnavailable(error)) {
    return unavailable('The database does not answer', error);
  }
  if (codeOf(error) === LOCK_TIMEOUT) return unavailable('The data set is busy', error);
  if (codeOf(error) === '57014') return problem('query_timeout', undefined, { cause: error });
  // The table went away with its data set.
  if (codeOf(error) === '42P01') return problem('not_found', 'data_set not found', { cause: error });
  return error;
}

export const DEADLOCK = '40P01';
export const LOCK_TIMEOUT = '55P03';
export const UNIQUE_VIOLATION = '23505';

/** True for an error of the server's with this code, also where it was told as a problem already. */
export function hasCode(error: unknown, code: string): boolean {
  return codeOf(error) === code || (error instanceof ProblemError && codeOf(error.cause) === code);
}

/** Runs work on one connection, with errors told as problems. */
export async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  let client: PoolClient | undefined;
  let broken = false;
  try {
    client = await pool.connect();
    return await work(client);
  } catch (error) {
    broken = isUnavailable(error);
    throw toStoreProblem(error);
  } finally {
    client?.release(broken);
  }
}

/** Runs work in one transaction. */
export function withTransaction<T>(
  pool: Pool,
  begin: 'BEGIN' | 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  work: (client: PoolClient) => Promise<T>,
): Promise<T> {
  return withClient(pool, async (client) => {
    await client.query(begin);
    try {
      const result = await work(client);
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  });
}
