import type { LetterStore } from '../mail/outbox.ts';
import type { Database } from './database.ts';

/** Each has a connection of its own. */
const AT_ONCE = 5;

interface Row {
  readonly id: string;
  readonly sealed_letter: Uint8Array<ArrayBuffer>;
  readonly attempts: number;
}

export function createLetterStore(database: Database): LetterStore {
  return {
    add: async ({ id, sealed }) => {
      await database.letter.create({ data: { id, sealedLetter: sealed } });
    },
    // A minute after the first attempt, then two, … and an hour at the most: what is refused may be the
    // configuration's fault, which an administrator mends.
    takeDue: async () => {
      const rows = await database.$queryRaw<Row[]>`
        UPDATE auth.letters
        SET attempts = attempts + 1,
          due_at = now() + least(interval '1 minute' * power(2, least(attempts, 10)), interval '1 hour')
        WHERE id IN (
          SELECT id FROM auth.letters WHERE due_at <= now() AND expires_at > now()
          ORDER BY due_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
        )
        RETURNING id, sealed_letter, attempts`;
      return rows.map(({ id, sealed_letter: sealed, attempts }) => ({ id, sealed, attempts }));
    },
    write: async ({ id, sealed }) => {
      await database.letter.updateMany({ where: { id }, data: { sealedLetter: sealed } });
    },
    settle: async (id) => {
      await database.letter.deleteMany({ where: { id } });
    },
    fail: async (id, reason) => {
      await database.letter.updateMany({
        where: { id },
        data: { lastFailure: reason, failedAt: new Date() },
      });
    },
    giveUp: async () =>
      (await database.letter.deleteMany({ where: { expiresAt: { lte: new Date() } } })).count,
    trouble: async () => {
      const where = { lastFailure: { not: null } };
      const latest = await database.letter.findFirst({ where, orderBy: { failedAt: 'desc' } });
      if (latest?.lastFailure == null) return undefined;
      return { letters: await database.letter.count({ where }), reason: latest.lastFailure };
    },
  };
}
