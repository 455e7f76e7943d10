import { problem } from '@flyloft/common';
import type { SigningKey as Row } from '../generated/prisma/client.ts';
import {
  AGREED_SECONDS,
  type KeyAdministration,
  type KeyDescription,
  PUBLISHED_SECONDS,
  RETIRING_SECONDS,
} from '../keys/key-administration.ts';
import type { KeyRing, KeyState, MakeKey } from '../keys/key-ring.ts';
import { isStorable } from '../plain-text.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';
import { changeKeys, insertKey } from './keys.ts';

function descriptionOf({ kid, state, createdAt, activatedAt, retiringAt, retiredAt }: Row): KeyDescription {
  // a check of the table allows no other state
  return { kid, state: state as KeyState, createdAt, activatedAt, retiringAt, retiredAt };
}

async function list(queries: Queries): Promise<KeyDescription[]> {
  const rows = await queries.signingKey.findMany({ orderBy: [{ createdAt: 'desc' }, { kid: 'asc' }] });
  return rows.map(descriptionOf);
}

/** Seconds that are still missing until something is this old; 0 and less when it is. */
function missingSeconds(since: Date, seconds: number, now: Date): number {
  return Math.ceil((since.getTime() + seconds * 1000 - now.getTime()) / 1000);
}

function tooSoon(detail: string, seconds: number) {
  return problem('conflict', `${detail}: try again in ${seconds} s`, {
    headers: { 'Retry-After': String(seconds) },
  });
}

async function nextKey(queries: Queries, now: Date, force: boolean): Promise<Row> {
  const next = await queries.signingKey.findFirst({ where: { state: 'next' } });
  if (next === null) throw problem('conflict', 'No next key is published yet: start a replica of auth first');
  const seconds = missingSeconds(next.createdAt, PUBLISHED_SECONDS, now);
  if (seconds > 0 && !force) throw tooSoon('Verifiers may not know the next key yet', seconds);
  return next;
}

/** Administers the keys, and lets this process follow at once; other replicas do at their next reload. */
export function createKeyAdministration(
  database: Database,
  make: MakeKey,
  keyRing?: Pick<KeyRing, 'reload'>,
): KeyAdministration {
  const changed = async <T>(change: (queries: Queries) => Promise<T>): Promise<T> => {
    const result = await changeKeys(database, change);
    await keyRing?.reload();
    return result;
  };
  return {
    list: () => list(database),
    rotate: ({ now, force }, context) =>
      changed(async (queries) => {
        const { kid } = await nextKey(queries, now, force);
        // This order: a unique index lets no two keys be active for even a moment.
        await queries.signingKey.updateMany({
          where: { state: 'active' },
          data: { state: 'retiring', retiringAt: now },
        });
        await queries.signingKey.update({ where: { kid }, data: { state: 'active', activatedAt: now } });
        await insertKey(queries, await make('next'), 'next');
        await writeAudit(queries, context, { action: 'key.rotated', target: kid, details: { force } });
        return list(queries);
      }),
    retire: (kid, now, context) =>
      changed(async (queries) => {
        const key = isStorable(kid) ? await queries.signingKey.findUnique({ where: { kid } }) : null;
        if (key === null) throw problem('not_found', 'No signing key has this id');
        if (key.state !== 'retiring' || key.retiringAt === null) {
          throw problem('conflict', `A key that is ${key.state} cannot be retired: rotate first`);
        }
        const seconds = missingSeconds(key.retiringAt, AGREED_SECONDS, now);
        if (seconds > 0) throw tooSoon('Another replica may still sign with this key', seconds);
        const data = { state: 'retired', retiredAt: now };
        await writeAudit(queries, context, { action: 'key.retired', target: kid });
        return descriptionOf(await queries.signingKey.update({ where: { kid }, data }));
      }),
    retireOld: async (now) => {
      const before = new Date(now.getTime() - RETIRING_SECONDS * 1000);
      await database.signingKey.updateMany({
        where: { state: 'retiring', retiringAt: { lt: before } },
        data: { state: 'retired', retiredAt: now },
      });
    },
  };
}
