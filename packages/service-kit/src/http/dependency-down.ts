import { isNativeError } from 'node:util/types';

// What says that a database, queue, store or service is not there for now, as opposed to having refused what
// it was asked: system errors, SQLSTATE classes of PostgreSQL, codes of Prisma's client, time-outs and
// 5xx answers as the AWS SDK tells them.
const SYSTEM_CODES = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
const POSTGRES_CODES = /^(08\w{3}|57P0[123]|53300)$/;
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028', 'P2037']);
const MESSAGES =
  /^(Connection terminated|Client (has encountered a connection error|was closed)|timeout exceeded when trying to connect|Query read timeout)/;
// What Prisma says of SQL of ours: the code of the server, or none when it did not answer.
const RAW_QUERY = /Raw query failed\. Code: `(N\/A|08\w{3}|57P0[123]|53300)`/;
// Errors wrap each other; more than a few layers is a loop.
const MAX_DEPTH = 5;

/** True when an error, or what caused it, is a dependency that cannot be reached: 503, and worth another try. */
export function isDependencyDown(error: unknown, depth = 0): boolean {
  // By nature, not by constructor: errors of Node's own sockets may come from another realm.
  if (!isNativeError(error) || depth > MAX_DEPTH) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (SYSTEM_CODES.has(code) || POSTGRES_CODES.test(code) || PRISMA_CODES.has(code)) return true;
  const isServerFault = '$fault' in error && error.$fault === 'server';
  if (isServerFault || error.name === 'TimeoutError' || error.name === 'AbortError') return true;
  return (
    MESSAGES.test(error.message) || RAW_QUERY.test(error.message) || isDependencyDown(error.cause, depth + 1)
  );
}
