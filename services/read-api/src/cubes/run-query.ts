import { problem } from '@flyloft/common';
import { type Engine, EngineError, type PreparedQuery, type QueryAnswer } from '@flyloft/warehouse';

export interface QueryLimits {
  readonly timeoutSeconds: number;
  /** Aborted when nobody waits for the answer any more. */
  readonly gone: AbortSignal;
}

/**
 * Runs a query within its time.
 * @throws {ProblemError} 504 `query_timeout`; 503 when it needs more memory than there is.
 */
export async function runQuery(
  engine: Engine,
  query: PreparedQuery,
  { timeoutSeconds, gone }: QueryLimits,
): Promise<QueryAnswer> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutSeconds * 1000);
  try {
    return await engine.withSession(query, { signal: AbortSignal.any([timeout.signal, gone]) });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.kind === 'interrupted') {
      throw problem('query_timeout', `The query took longer than ${timeoutSeconds} s.`, { cause: error });
    }
    if (error.kind === 'out_of_memory') {
      throw problem('unavailable', 'The query needs more memory than there is.', {
        cause: error,
        headers: { 'Retry-After': '5' },
      });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
