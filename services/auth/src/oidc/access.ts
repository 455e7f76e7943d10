import { type App, type AppRole, NO_ACCESS, roleIn } from '../apps/app.ts';
import type { AppStore } from '../apps/app-store.ts';
import type { User } from '../users/user.ts';

/** What a person is in the application of a client; both undefined where the client has none. */
export interface Access {
  readonly app: App | undefined;
  readonly role: AppRole | undefined;
}

export async function accessOf(
  apps: Pick<AppStore, 'find' | 'roleGiven'>,
  slug: string | undefined,
  user: User,
): Promise<Access> {
  const app = slug === undefined ? undefined : await apps.find(slug);
  if (app === undefined) return { app: undefined, role: undefined };
  return { app, role: roleIn(app, user, await apps.roleGiven(app.slug, user.id)) };
}

export function mayEnter({ role }: Access): boolean {
  return role !== NO_ACCESS;
}

/** Who is admin in an application is a user of it, too. */
function rolesOf({ role }: Access): string[] {
  if (role === undefined || role === NO_ACCESS) return [];
  return role === 'admin' ? ['admin', 'user'] : [role];
}

export const CLAIMS_OF_SCOPES = {
  openid: ['sub'],
  profile: ['name', 'preferred_username', 'picture'],
  email: ['email', 'email_verified'],
  roles: ['roles'],
};

/** Everything that may be said of a person; the scopes that were granted say what is (auth.md C6). */
export function claimsOf(user: User, access: Access) {
  return {
    sub: user.id,
    name: user.name ?? user.username,
    preferred_username: user.username,
    ...(user.avatarUrl === null ? {} : { picture: user.avatarUrl }),
    ...(user.email === null ? {} : { email: user.email, email_verified: user.emailVerified }),
    roles: rolesOf(access),
  };
}
