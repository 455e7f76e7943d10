import { problem } from '@flyloft/common';
import mongoose, { type Connection } from 'mongoose';
import type { KeepOptions } from '../kept/keep-answers.ts';

export interface MongoOptions {
  /** A replica set or a sharded cluster: batches are transactions. */
  readonly url: string;
  /** Longest time a query may run; default 10. */
  readonly queryTimeoutSeconds?: number;
  /** Given: aggregates are kept, in collections beside the records. */
  readonly keepAnswers?: KeepOptions;
}

const SELECTION_TIMEOUT_MILLISECONDS = 3_000;
/**
 * The driver watches its servers: one that is silent fails whatever waits for it. Its own 10 and 30 seconds would
 * leave people waiting for 40 when a network swallows what is sent.
 */
const WATCHING = { heartbeatFrequencyMS: 2_000, connectTimeoutMS: 5_000 };
const DUPLICATE_KEY = 11_000;
const TIME_LIMIT_EXCEEDED = 50;
/** Another transaction changed the same record, again and again until the driver gave up. */
const WRITE_CONFLICT = 112;

/** The transaction is gone, too large (also for the cache), or over its lifetime (by default a minute). */
const TRANSACTION_ENDED = new Set([251, 257, 290, 388]);

export interface MongoConnection {
  readonly connection: Connection;
  readonly timeLimit: { readonly maxTimeMS: number };
  /** Connects at the first use, and again when that failed; then runs work, with errors told as problems. */
  readonly run: <T>(work: (connection: Connection) => Promise<T>) => Promise<T>;
}

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === DUPLICATE_KEY;
}

function isUnavailable(error: Error): boolean {
  // What ended a bulk write stands in its error as the server's answer, also when it was the network.
  if ('errorResponse' in error && error.errorResponse instanceof Error)
    return isUnavailable(error.errorResponse);
  // Mongoose waits ten seconds for a connection that was lost before it begins a session.
  if (/buffering timed out/.test(error.message)) return true;
  // Names of the driver's errors; Mongoose wraps the first.
  return /ServerSelection|MongoNetwork|NotConnected|PoolCleared|WaitQueueTimeout|NotPrimary/.test(error.name);
}

function toStoreProblem(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (isUnavailable(error)) {
    return problem('unavailable', 'The database does not answer', {
      cause: error,
      headers: { 'Retry-After': '5' },
    });
  }
  const code = 'code' in error ? error.code : undefined;
  if (typeof code === 'number' && TRANSACTION_ENDED.has(code)) {
    return problem('too_large', 'The database cannot store this in one step: send it in parts', {
      cause: error,
    });
  }
  if (code === WRITE_CONFLICT) {
    return problem('unavailable', 'The data set is busy', { cause: error, headers: { 'Retry-After': '5' } });
  }
  return code === TIME_LIMIT_EXCEEDED ? problem('query_timeout', undefined, { cause: error }) : error;
}

export function openMongo({ url, queryTimeoutSeconds = 10 }: MongoOptions): MongoConnection {
  const connection = mongoose.createConnection();
  // Without these a query would wait in Mongoose for a connection, and a reader would make collections.
  connection.set('bufferCommands', false);
  connection.set('autoCreate', false);
  connection.set('autoIndex', false);
  // What the address says itself goes first.
  const defaults = { serverSelectionTimeoutMS: SELECTION_TIMEOUT_MILLISECONDS, ...WATCHING };
  const connectOptions = Object.fromEntries(
    Object.entries(defaults).filter(([name]) => !url.includes(`${name}=`)),
  );
  let opening: Promise<unknown> | undefined;
  const open = async () => {
    opening ??= connection.openUri(url, connectOptions);
    try {
      await opening;
    } catch (error) {
      opening = undefined;
      throw error;
    }
  };
  return {
    connection,
    timeLimit: { maxTimeMS: queryTimeoutSeconds * 1000 },
    run: async (work) => {
      try {
        await open();
        return await work(connection);
      } catch (error) {
        throw toStoreProblem(error);
      }
    },
  };
}
