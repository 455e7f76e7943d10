import type { ConsentStore } from '../oidc/consent-store.ts';
import { isStorable } from '../plain-text.ts';
import { rowsOf } from '../routes/paging.ts';
import { writeAudit } from './audit.ts';
import type { Database } from './database.ts';

/** What people said yes to; a trigger ends the grants of what they take back. */
export function createConsentStore(database: Database): ConsentStore {
  return {
    find: async (userId, clientId) => {
      const where = { userId_clientId: { userId, clientId } };
      return (await database.oidcConsent.findUnique({ where }))?.scopes ?? [];
    },
    add: (userId, clientId, scopes, context) =>
      database.$transaction(async (queries) => {
        // Two at once add up: the second waits for the first, and adds to what that has written.
        const changed = await queries.$executeRaw`
          INSERT INTO auth.oidc_consents AS c (user_id, client_id, scopes)
          VALUES (${userId}::uuid, ${clientId}, ${[...scopes]})
          ON CONFLICT (user_id, client_id) DO UPDATE SET granted_at = CURRENT_TIMESTAMP,
            scopes = ARRAY(SELECT DISTINCT unnest(c.scopes || excluded.scopes) ORDER BY 1)
          WHERE NOT c.scopes @> excluded.scopes`;
        if (changed === 0) return;
        const details = { client: clientId, scopes };
        await writeAudit(queries, context, { action: 'consent.given', target: userId, details });
      }),
    list: async (userId, page) => {
      const where = { userId };
      const [rows, total] = await Promise.all([
        database.oidcConsent.findMany({
          where,
          include: { client: { include: { of: true } } },
          orderBy: [{ grantedAt: 'desc' }, { clientId: 'asc' }],
          ...rowsOf(page),
        }),
        database.oidcConsent.count({ where }),
      ]);
      const entries = rows.map(({ clientId, scopes, grantedAt, client }) => ({
        ...{ clientId, scopes, grantedAt, clientName: client.name },
        app: client.of && { slug: client.of.slug, name: client.of.name, url: client.of.url },
      }));
      return { entries, total };
    },
    revoke: (userId, clientId, context) =>
      database.$transaction(async (queries) => {
        if (!isStorable(clientId)) return false;
        const { count } = await queries.oidcConsent.deleteMany({ where: { userId, clientId } });
        if (count === 0) return false;
        const details = { client: clientId };
        await writeAudit(queries, context, { action: 'consent.revoked', target: userId, details });
        return true;
      }),
  };
}
