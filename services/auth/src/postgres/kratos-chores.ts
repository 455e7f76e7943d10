import type { AppOptions } from '@flyloft/service-kit';
import type { Kratos } from '../kratos/kratos.ts';
import type { KratosTask } from '../kratos/kratos-store.ts';
import type { Database } from './database.ts';

const AT_ONCE = 20;
/** Of people, in one round. */
const MOST_CHECKED = 200;
const CHECKED_AT_ONCE = 8;

/** Takes some that are due; no other replica takes them before they are due again, an hour later at the most. */
function takeDue(database: Database): Promise<KratosTask[]> {
  return database.$queryRaw`
    UPDATE auth.kratos_tasks
    SET attempts = attempts + 1, due_at = now() + least(interval '20 seconds' * power(2, least(attempts, 10)), interval '1 hour')
    WHERE (kind, subject) IN (
      SELECT kind, subject FROM auth.kratos_tasks WHERE done_at IS NULL AND due_at <= now()
      ORDER BY due_at LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
    )
    RETURNING kind, subject, attempts`;
}

function perform(kratos: Kratos, { kind, subject }: KratosTask): Promise<void> {
  switch (kind) {
    case 'end-session':
      return kratos.endSession(subject);
    case 'end-sessions':
      return kratos.endSessions(subject);
    case 'delete-identity':
      return kratos.deleteIdentity(subject);
  }
}

/** Tells Kratos whose sessions are to end, and who was deleted; tried again until it is done. */
export async function tellKratos(
  database: Database,
  kratos: Kratos,
  logger: AppOptions['logger'],
): Promise<number> {
  const tasks = await takeDue(database);
  for (const task of tasks) {
    const { kind, subject, attempts } = task;
    try {
      await perform(kratos, task);
    } catch (err) {
      logger.warn({ err, kind, attempts }, 'Kratos did not do what it was told; it is told again later');
      continue;
    }
    // What was asked for again meanwhile has no attempts, and is done again.
    await database.kratosTask.updateMany({
      where: { kind, subject, attempts },
      data: { doneAt: new Date() },
    });
  }
  return tasks.length;
}

/**
 * What Kratos has done is remembered for a day: a request that was under way must not bring a deleted person
 * back. Where there is no Kratos, deleted people stay remembered, in case that there is one again.
 */
export async function forgetKratosTasks(database: Database): Promise<void> {
  await database.$executeRaw`
    DELETE FROM auth.kratos_tasks
    WHERE done_at < now() - interval '1 day'
      OR (kind <> 'delete-identity' AND created_at < now() - interval '30 days')`;
}

interface DueIdentity {
  readonly identity_id: string;
}

function takeUnchecked(database: Database): Promise<DueIdentity[]> {
  return database.$queryRaw`
    WITH due AS (
      SELECT k.identity_id, min(k.checked_at) AS since
      FROM auth.kratos_sessions k JOIN auth.sessions s ON s.id = k.session_id
      WHERE s.revoked_at IS NULL AND s.expires_at > now() AND k.checked_at < now() - interval '40 seconds'
      GROUP BY k.identity_id ORDER BY since LIMIT ${MOST_CHECKED}
    )
    UPDATE auth.kratos_sessions SET checked_at = now() FROM due
    WHERE kratos_sessions.identity_id = due.identity_id
    RETURNING kratos_sessions.identity_id`;
}

/** Ends those of our sessions whose own has ended at Kratos. */
async function checkIdentity(database: Database, kratos: Kratos, identityId: string): Promise<void> {
  // Read before Kratos is asked: one that is opened meanwhile is not among its answer.
  const open = await database.kratosSession.findMany({
    where: { identityId, session: { revokedAt: null } },
    select: { kratosId: true, sessionId: true },
  });
  const active = await kratos.activeSessions(identityId);
  if (active === undefined) return;
  const ids = open.filter(({ kratosId }) => !active.has(kratosId)).map(({ sessionId }) => sessionId);
  const where = { id: { in: ids }, revokedAt: null };
  await database.session.updateMany({ where, data: { revokedAt: new Date() } });
}

/**
 * Asks Kratos about sessions that nobody has shown for a while: tokens that were made from them die within a
 * minute of them (auth.md A1). While Kratos is away they live on, until they are over.
 */
export async function checkKratosSessions(
  database: Database,
  kratos: Kratos,
  logger: AppOptions['logger'],
): Promise<number> {
  const due = [...new Set((await takeUnchecked(database)).map(({ identity_id: id }) => id))];
  const work = [...due];
  const next = async (): Promise<void> => {
    for (let id = work.pop(); id !== undefined; id = work.pop()) {
      await checkIdentity(database, kratos, id).catch((err: unknown) =>
        logger.warn({ err }, 'Kratos did not say which sessions are active; it is asked again'),
      );
    }
  };
  await Promise.all(Array.from({ length: CHECKED_AT_ONCE }, next));
  return due.length;
}
