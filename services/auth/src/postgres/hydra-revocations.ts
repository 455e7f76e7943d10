import type { AppOptions } from '@flyloft/service-kit';
import type { Hydra } from '../hydra/hydra.ts';
import type { Database } from './database.ts';

const AT_ONCE = 20;

/**
 * Takes some that are due; no other replica takes them before they are due again: 20 s after the first attempt,
 * then 40 s, … and an hour at the most. It is never given up: what Hydra still holds of a person lets them in.
 */
function takeDue(database: Database): Promise<{ subject: string; attempts: number }[]> {
  return database.$queryRaw`
    UPDATE auth.hydra_revocations
    SET attempts = attempts + 1, due_at = now() + least(interval '20 seconds' * power(2, least(attempts, 10)), interval '1 hour')
    WHERE subject IN (
      SELECT subject FROM auth.hydra_revocations WHERE due_at <= now()
      ORDER BY due_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
    )
    RETURNING subject, attempts`;
}

/** Has Hydra end the sessions of people who were shut out. Answers how many it took. */
export async function tellHydra(
  database: Database,
  hydra: Pick<Hydra, 'endSessions'>,
  logger: AppOptions['logger'],
): Promise<number> {
  const rows = await takeDue(database);
  for (const { subject, attempts } of rows) {
    try {
      await hydra.endSessions(subject);
    } catch (err) {
      logger.warn({ err, attempts }, 'Hydra did not end the sessions of a person; it is asked again later');
      continue;
    }
    // Who was shut out again meanwhile has no attempts, and is ended again.
    await database.hydraRevocation.deleteMany({ where: { subject, attempts } });
  }
  return rows.length;
}

/** Where there is no Hydra, nobody is to be told; a day, in case that a replica has one. */
export async function forgetRevocations(database: Database): Promise<void> {
  await database.$executeRaw`DELETE FROM auth.hydra_revocations WHERE created_at < now() - interval '1 day'`;
}
