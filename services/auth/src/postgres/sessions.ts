import { IDLE_SECONDS, type SessionStore } from '../sessions/session.ts';
import { writeAudit } from './audit.ts';
import type { Database } from './database.ts';
import { userOf, WITH_USER_DETAILS } from './user-row.ts';

// A busy page costs one write a minute, not one a request.
const SEEN_RESOLUTION_MILLISECONDS = 60_000;

export function createSessionStore(database: Database): SessionStore {
  return {
    findLive: async (id, now) => {
      const row = await database.session.findFirst({
        where: { id, revokedAt: null, expiresAt: { gt: now } },
        include: { user: { include: WITH_USER_DETAILS } },
      });
      return row ? { id: row.id, expiresAt: row.expiresAt, user: userOf(row.user) } : undefined;
    },
    findByCookie: async (cookieHash, now) => {
      const seenAfter = new Date(now.getTime() - IDLE_SECONDS * 1000);
      const row = await database.session.findFirst({
        where: { cookieHash, revokedAt: null, expiresAt: { gt: now }, lastSeenAt: { gt: seenAfter } },
        include: { user: { include: WITH_USER_DETAILS } },
      });
      if (row === null) return undefined;
      if (now.getTime() - row.lastSeenAt.getTime() > SEEN_RESOLUTION_MILLISECONDS) {
        await database.session.updateMany({ where: { id: row.id }, data: { lastSeenAt: now } });
      }
      return { id: row.id, expiresAt: row.expiresAt, user: userOf(row.user) };
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
        const { user } = await queries.session.create({
          data: { ...session, userId: link.userId, createdAt: now, lastSeenAt: now },
          include: { user: { include: WITH_USER_DETAILS } },
        });
        const event = { action: 'session.opened', target: session.id, details: { by: 'link' } } as const;
        await writeAudit(queries, { actor: user.id, requestId }, event);
        return userOf(user);
      }),
  };
}
