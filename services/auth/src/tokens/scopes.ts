import { problem } from '@flyloft/common';

/** What a personal access token may be used for (auth.md A7.4): `*`, `admin`, `profile`, `service:<alias>`. */
export const ALL_SCOPES = '*';

const PLAIN_SCOPES = new Set([ALL_SCOPES, 'admin', 'profile']);
const SERVICE_PREFIX = 'service:';

export function serviceScope(alias: string): string {
  return `${SERVICE_PREFIX}${alias}`;
}

/** True when the scopes include this one, by name or as `*`. */
export function includesScope(scopes: readonly string[], scope: string): boolean {
  return scopes.includes(ALL_SCOPES) || scopes.includes(scope);
}

/**
 * Checks the scopes wanted for a token.
 * @throws {ProblemError} 400 for one that does not exist, and for one that its owner cannot use (D21).
 */
export function checkScopes(
  scopes: readonly string[],
  owner: { readonly isAdministrator: boolean; readonly services: ReadonlySet<string> },
): void {
  for (const scope of scopes) {
    const service = scope.startsWith(SERVICE_PREFIX) ? scope.slice(SERVICE_PREFIX.length) : undefined;
    const exists = service === undefined ? PLAIN_SCOPES.has(scope) : owner.services.has(service);
    if (!exists) throw problem('invalid_parameter', `There is no scope "${scope}"`);
    if (scope === 'admin' && !owner.isAdministrator) {
      throw problem('invalid_parameter', 'The scope "admin" is above what the token\'s owner may do');
    }
  }
}
