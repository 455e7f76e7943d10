import type { Prisma } from '../generated/prisma/client.ts';
import { IDLE_SECONDS, type LiveSession, type NewSession, type SessionStore } from '../sessions/session.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';
import { endOutsideSessions } from './outside-sessions.ts';
import { PERSON_COLUMNS, PERSON_TABLES } from './person-columns.ts';
import type { Statements } from './pool.ts';
import { type SessionRow, sessionOfRow } from './session-row.ts';
import { notSuspended, type UserRow, userOf, WITH_USER_DETAILS } from './user-row.ts';

// A busy page costs one write a minute, not one a request.
const SEEN_RESOLUTION_MILLISECONDS = 60_000;

const WITH_USER = { user: { include: WITH_USER_DETAILS } } as const satisfies Prisma.SessionInclude;

function liveSessionOf(row: {
  id: string;
  expiresAt: Date;
  authenticatedAt: Date;
  user: UserRow;
}): LiveSession {
  const { id, expiresAt, authenticatedAt, user } = row;
  return { id, expiresAt, authenticatedAt, user: userOf(user) };
}

const LIVE_SESSION = `
  SELECT t.id, t.expires_at, t.authenticated_at, t.last_seen_at, ${PERSON_COLUMNS}
  FROM auth.sessions t ${PERSON_TABLES}
  WHERE t.revoked_at IS NULL AND t.expires_at > $1 AND (s.until IS NULL OR s.until <= $1)`;

function live(now: Date): Prisma.SessionWhereInput {
  const seenAfter = new Date(now.getTime() - IDLE_SECONDS * 1000);
  return {
    ...{ revokedAt: null, expiresAt: { gt: now }, lastSeenAt: { gt: seenAfter } },
    user: notSuspended(now),
  };
}

/** Opens a session in place of what the browser had: the same person's goes on, with a new cookie. */
async function replaceSession(
  queries: Queries,
  session: NewSession,
  { userId, method, userAgent, replaces }: Parameters<SessionStore['open']>[1],
  now: Date,
) {
  const seen = { ...session, method, userAgent, lastSeenAt: now, authenticatedAt: now };
  if (replaces !== undefined) {
    const { id: _id, ...changed } = seen;
    const same = { cookieHash: replaces, userId, ...live(now) };
    const [renewed] = await queries.session.updateManyAndReturn({ where: same, data: changed });
    if (renewed) return queries.session.findUniqueOrThrow({ where: { id: renewed.id }, include: WITH_USER });
    await queries.session.updateMany({
      where: { cookieHash: replaces, revokedAt: null },
      data: { revokedAt: now },
    });
  }
  return queries.session.create({ data: { ...seen, userId, createdAt: now }, include: WITH_USER });
}

export function createSessionStore(database: Database, reads: Statements): SessionStore {
  return {
    findLive: async (id, now) => {
      const statement = { name: 'session-by-id', text: `${LIVE_SESSION} AND t.id = $2`, values: [now, id] };
      const { rows } = await reads.query<SessionRow>(statement);
      return rows[0] && sessionOfRow(rows[0]);
    },
    findByCookie: async (cookieHash, now) => {
      const seenAfter = new Date(now.getTime() - IDLE_SECONDS * 1000);
      const { rows } = await reads.query<SessionRow>({
        name: 'session-by-cookie',
        text: `${LIVE_SESSION} AND t.cookie_hash = $2 AND t.last_seen_at > $3`,
        values: [now, cookieHash, seenAfter],
      });
      const [row] = rows;
      if (row === undefined) return undefined;
      if (now.getTime() - row.last_seen_at.getTime() > SEEN_RESOLUTION_MILLISECONDS) {
        await database.session.updateMany({ where: { id: row.id }, data: { lastSeenAt: now } });
      }
      return sessionOfRow(row);
    },
    openByLink: (linkHash, session, now, requestId) =>
      database.$transaction(async (queries) => {
        // One statement decides who was first: of two requests at once, one finds the link unused.
        const used = await queries.oneTimeLink.updateManyAndReturn({
          where: { tokenHash: linkHash, purpose: 'sign-in', usedAt: null, expiresAt: { gt: now } },
          data: { usedAt: now },
        });
        const [link] = used;
        if (link === undefined) return undefined;
        const row = await queries.session.create({
          data: { ...session, userId: link.userId, createdAt: now, lastSeenAt: now, authenticatedAt: now },
          include: WITH_USER,
        });
        const event = { action: 'session.opened', target: session.id, details: { by: 'link' } } as const;
        await writeAudit(queries, { actor: row.user.id, requestId }, event);
        return liveSessionOf(row);
      }),
    open: (session, signIn, now, requestId) =>
      database.$transaction(async (queries) => {
        const row = await replaceSession(queries, session, signIn, now);
        const event = { action: 'session.opened', target: row.id, details: { by: signIn.method } } as const;
        await writeAudit(queries, { actor: signIn.userId, requestId }, event);
        return liveSessionOf(row);
      }),
    list: (userId, now) =>
      database.session.findMany({
        where: { userId, ...live(now) },
        orderBy: { lastSeenAt: 'desc' },
        select: {
          id: true,
          createdAt: true,
          lastSeenAt: true,
          expiresAt: true,
          method: true,
          userAgent: true,
        },
      }),
    revoke: (userId, id, now, context) =>
      database.$transaction(async (queries) => {
        const where = { id, userId, revokedAt: null, expiresAt: { gt: now } };
        const { count } = await queries.session.updateMany({ where, data: { revokedAt: now } });
        if (count > 0) await writeAudit(queries, context, { action: 'session.revoked', target: id });
        return count > 0;
      }),
    revokeOthers: (userId, keep, now, context) =>
      database.$transaction(async (queries) => {
        const where = {
          userId,
          revokedAt: null,
          expiresAt: { gt: now },
          ...(keep ? { id: { not: keep } } : {}),
        };
        const ended = await queries.session.updateManyAndReturn({ where, data: { revokedAt: now } });
        for (const { id } of ended)
          await writeAudit(queries, context, { action: 'session.revoked', target: id });
        if (keep === undefined) await endOutsideSessions(queries, userId);
        return ended.length;
      }),
  };
}
