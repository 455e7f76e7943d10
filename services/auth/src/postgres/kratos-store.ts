import type { KeptSession, KratosStore, NewKratosSession } from '../kratos/kratos-store.ts';
import { KRATOS } from '../kratos/profile.ts';
import { createSession, type LiveSession } from '../sessions/session.ts';
import { writeAudit } from './audit.ts';
import { type Database, lockUntilCommit, type Queries } from './database.ts';
import { PERSON_COLUMNS, PERSON_TABLES } from './person-columns.ts';
import type { Statements } from './pool.ts';
import { type SessionRow, sessionOfRow } from './session-row.ts';

interface KeptRow extends SessionRow {
  readonly revoked_at: Date | null;
}

const KEPT_SESSION = `
  SELECT t.id, t.expires_at, t.authenticated_at, t.last_seen_at, t.revoked_at, ${PERSON_COLUMNS}
  FROM auth.kratos_sessions k JOIN auth.sessions t ON t.id = k.session_id ${PERSON_TABLES}
  WHERE k.kratos_id = $1`;

/** Makes the row, unless another request at the same time has. */
async function insertSession(
  queries: Queries,
  { kratosId, identityId, userId, authenticatedAt, expiresAt, userAgent }: NewKratosSession,
  now: Date,
  requestId: string,
): Promise<void> {
  await lockUntilCommit(queries, `kratos session ${kratosId}`);
  const kept = await queries.kratosSession.findUnique({ where: { kratosId }, include: { session: true } });
  if (kept && kept.session.revokedAt === null) return;
  // The cookie is Kratos' own: nobody ever learns the value that this row could be found by.
  const { id, cookieHash } = createSession(now).session;
  const times = { createdAt: now, lastSeenAt: now, authenticatedAt, expiresAt };
  await queries.session.create({ data: { id, cookieHash, userId, userAgent, method: KRATOS, ...times } });
  const data = { sessionId: id, identityId, checkedAt: now };
  await queries.kratosSession.upsert({ where: { kratosId }, create: { kratosId, ...data }, update: data });
  const event = { action: 'session.opened', target: id, details: { by: KRATOS } } as const;
  await writeAudit(queries, { actor: userId, requestId }, event);
}

export function createKratosStore(database: Database, reads: Statements): KratosStore {
  const findSession = async (kratosId: string): Promise<KeptSession | undefined> => {
    const statement = { name: 'session-by-kratos', text: KEPT_SESSION, values: [kratosId] };
    const [row] = (await reads.query<KeptRow>(statement)).rows;
    return row && { session: sessionOfRow(row), lastSeenAt: row.last_seen_at, revokedAt: row.revoked_at };
  };
  return {
    findSession,
    openSession: async (session, now, requestId): Promise<LiveSession> => {
      await database.$transaction((queries) => insertSession(queries, session, now, requestId));
      const kept = await findSession(session.kratosId);
      if (kept === undefined) throw new Error('The session that was opened is not there');
      return kept.session;
    },
    confirmSession: async (id, confirmed, now) => {
      const where = { id, revokedAt: null };
      await database.session.updateMany({ where, data: { ...confirmed, lastSeenAt: now } });
      await database.kratosSession.updateMany({ where: { sessionId: id }, data: { checkedAt: now } });
    },
    isDeleted: async (subject) =>
      (await database.kratosTask.count({ where: { kind: 'delete-identity', subject } })) > 0,
    unknownOf: async (ids) => {
      const subjects = { subject: { in: [...ids] } };
      const [known, deleted] = await Promise.all([
        database.identity.findMany({ where: { provider: KRATOS, ...subjects }, select: { subject: true } }),
        database.kratosTask.findMany({
          where: { kind: 'delete-identity', ...subjects },
          select: { subject: true },
        }),
      ]);
      const met = new Set([...known, ...deleted].map(({ subject }) => subject));
      return new Set(ids.filter((id) => !met.has(id)));
    },
    identityOf: async (userId) => {
      const where = { provider: KRATOS, userId };
      return (await database.identity.findFirst({ where, orderBy: { createdAt: 'asc' } }))?.subject;
    },
    record: (event, context) => writeAudit(database, context, event),
  };
}
