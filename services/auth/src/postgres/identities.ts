import { randomUUID } from 'node:crypto';
import { findPhrases, problem } from '@flyloft/common';
import type { ProviderProfile } from '../providers/provider.ts';
import type { LinkedIdentity, SignInStore } from '../sign-in/sign-in-store.ts';
import { NEW_USER_ROLE } from '../users/user.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';
import { insertPerson, lockUsers } from './insert-user.ts';
import { readWordList } from './words.ts';

const shown = ({ email }: ProviderProfile) => ({
  email: email?.address ?? null,
  emailVerified: email?.verified ?? false,
});

async function register(queries: Queries, provider: string, profile: ProviderProfile, isVouched: boolean) {
  const { subject, login, email, avatarUrl } = profile;
  // A provider's name for somebody must not keep them from signing in: it is left out instead.
  const isRefused = findPhrases(profile.name ?? '', await readWordList(queries)).length > 0;
  const name = isRefused ? null : profile.name;
  const verified = email?.verified ? email.address : null;
  return insertPerson(queries, {
    ...{ id: randomUUID(), name, avatarUrl },
    email: email?.address ?? null,
    emailVerified: verified !== null,
    // An address that nobody has verified may be another person's, and the idhash names folders.
    idhashFrom: isVouched ? (email?.address ?? null) : verified,
    usernameFrom: login ?? email?.address ?? '',
    roles: [NEW_USER_ROLE],
    identity: { provider, subject, ...shown(profile) },
  });
}

async function identitiesOf(queries: Queries, userId: string): Promise<LinkedIdentity[]> {
  const rows = await queries.identity.findMany({ where: { userId }, orderBy: { createdAt: 'asc' } });
  return rows.map(({ provider, subject, login, email, emailVerified, createdAt, passwordHash }) => ({
    ...{ provider, subject, emailVerified, createdAt },
    email: email ?? login,
    usable: provider !== 'local' || passwordHash !== null,
  }));
}

/** What signs people in, as far as it concerns identities. */
export function createIdentityStore(
  database: Database,
): Pick<SignInStore, 'enter' | 'link' | 'identities' | 'unlink'> {
  return {
    enter: (provider, profile, mayRegister, { vouchedBy, requestId }) =>
      database.$transaction(async (queries) => {
        await lockUsers(queries);
        const { subject } = profile;
        const where = { provider, subject };
        const [known] = await queries.identity.updateManyAndReturn({ where, data: shown(profile) });
        if (known) return known.userId;
        if (!mayRegister) return undefined;
        const { id, roles } = await register(queries, provider, profile, vouchedBy !== undefined);
        const event = { action: 'user.created', target: id, details: { by: provider, roles } } as const;
        const actor = vouchedBy === undefined ? id : vouchedBy;
        await writeAudit(queries, { actor, ...(requestId ? { requestId } : {}) }, event);
        return id;
      }),
    link: (userId, provider, profile, context) =>
      database.$transaction(async (queries) => {
        await lockUsers(queries);
        const { subject } = profile;
        const where = { provider_subject: { provider, subject } };
        const taken = await queries.identity.findUnique({ where, select: { userId: true } });
        if (taken) {
          const whose = taken.userId === userId ? 'your' : "somebody else's";
          throw problem('conflict', `This is ${whose} way to sign in already`);
        }
        await queries.identity.create({ data: { provider, subject, userId, ...shown(profile) } });
        await writeAudit(queries, context, {
          action: 'identity.linked',
          target: userId,
          details: { provider },
        });
      }),
    identities: (userId) => identitiesOf(database, userId),
    unlink: (userId, provider, subject, context) =>
      database.$transaction(async (queries) => {
        await lockUsers(queries);
        const all = await identitiesOf(queries, userId);
        const others = all.filter((one) => one.provider !== provider || one.subject !== subject);
        if (others.length === all.length) throw problem('not_found', 'You do not sign in that way');
        if (!others.some(({ usable }) => usable)) {
          throw problem('conflict', 'This is the only way you can sign in: add another one first');
        }
        await queries.identity.delete({ where: { provider_subject: { provider, subject } } });
        await writeAudit(queries, context, {
          action: 'identity.unlinked',
          target: userId,
          details: { provider },
        });
      }),
  };
}
