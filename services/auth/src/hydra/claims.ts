import type { AppRole } from '../apps/app.ts';
import type { User } from '../users/user.ts';

/** Only what is known. */
function known(claims: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(claims).filter(([, value]) => value !== null && value !== undefined),
  );
}

/**
 * What an application learns of a person: by the scopes that were granted, and nothing without one (C6).
 * The role is the person's in this application; none: `roles` is empty.
 */
function claimsFor(
  user: User,
  role: AppRole | undefined,
  scopes: readonly string[],
): Record<string, unknown> {
  const profile = { name: user.name, preferred_username: user.username, picture: user.avatarUrl };
  const email = user.email === null ? {} : { email: user.email, email_verified: user.emailVerified };
  return known({
    ...(scopes.includes('profile') ? profile : {}),
    ...(scopes.includes('email') ? email : {}),
    ...(scopes.includes('roles') ? { roles: role === undefined ? [] : [role] } : {}),
  });
}

/** The same for tokens: who asks Hydra about an access token learns the roles, and no more of the person. */
export function tokenClaims(user: User, role: AppRole | undefined, scopes: readonly string[]) {
  const roles = scopes.filter((scope) => scope === 'roles');
  return {
    access_token: claimsFor(user, role, roles),
    id_token: claimsFor(user, role, scopes),
  };
}
