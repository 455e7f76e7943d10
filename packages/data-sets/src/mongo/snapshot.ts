import type { ClientSession, Connection } from 'mongoose';

/** The moment is older than a collection or an index, or too old: another one is taken. */
const SNAPSHOT_GONE = new Set([239, 246]);

const MOST_ATTEMPTS = 20;
const PAUSE_MILLISECONDS = 50;

function isGone(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'number' &&
    SNAPSHOT_GONE.has(error.code)
  );
}

/**
 * Reads at one moment, without a transaction: there is nothing to commit, which saves a way to the database and what a
 * transaction holds in the cache. The moment is the newest that most members have, so every acknowledged write is in it.
 */
export async function inSnapshot<T>(
  connection: Connection,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const session = await connection.startSession({ snapshot: true });
    try {
      return await work(session);
    } catch (error) {
      if (!isGone(error) || attempt === MOST_ATTEMPTS) throw error;
    } finally {
      await session.endSession();
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
  }
}
