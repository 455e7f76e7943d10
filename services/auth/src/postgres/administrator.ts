import type { NewLink } from '../links/one-time-link.ts';
import type { NewPersonalAccessToken } from '../tokens/personal-access-token.ts';
import { ALL_SCOPES } from '../tokens/scopes.ts';
import { ADMINISTRATOR_ROLE } from '../users/user.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';
import { insertUser, lockUsers } from './insert-user.ts';

export interface FirstAdministrator {
  readonly email: string;
  readonly token: NewPersonalAccessToken;
  readonly tokenExpiresAt: Date;
  readonly link: NewLink;
}

export type AdministratorOutcome =
  | { readonly created: true }
  | { readonly created: false; readonly signInLinkUsed: boolean };

async function hasLiveSignInLink(queries: Queries, now: Date): Promise<boolean> {
  const link = await queries.oneTimeLink.findFirst({
    where: {
      purpose: 'sign-in',
      usedAt: null,
      expiresAt: { gt: now },
      user: { roles: { some: { role: ADMINISTRATOR_ROLE } } },
    },
    select: { userId: true },
  });
  return link !== null;
}

/**
 * Makes the first administrator with the start-up token and a sign-in link; when there is an
 * administrator, changes nothing. Two at once make one.
 */
export function ensureAdministrator(
  database: Database,
  { email, token, tokenExpiresAt, link }: FirstAdministrator,
  now: Date,
): Promise<AdministratorOutcome> {
  return database.$transaction(async (queries) => {
    await lockUsers(queries);
    const existing = await queries.userRole.findFirst({ where: { role: ADMINISTRATOR_ROLE } });
    if (existing) return { created: false, signInLinkUsed: !(await hasLiveSignInLink(queries, now)) };
    const user = await insertUser(queries, { email, name: 'Administrator', roles: [ADMINISTRATOR_ROLE] });
    await queries.personalAccessToken.create({
      data: {
        id: token.id,
        userId: user.id,
        name: 'start-up',
        secretHash: token.secretHash,
        scopes: [ALL_SCOPES],
        startUp: true,
        expiresAt: tokenExpiresAt,
      },
    });
    await queries.oneTimeLink.create({ data: { ...link, userId: user.id } });
    await writeAudit(queries, { actor: null }, { action: 'administrator.created', target: user.id });
    return { created: true };
  });
}
