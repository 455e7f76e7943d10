import type { Grant } from 'oidc-provider';

/** What is asked for: scopes of OpenID Connect, and scopes at resources. */
export interface WantedScopes {
  readonly openid: readonly string[];
  readonly resources: Readonly<Record<string, readonly string[]>>;
}

/** What people are told, by scope. */
const SCOPE_TEXTS: Readonly<Record<string, string>> = {
  openid: 'Know that it is you, by a number',
  profile: 'See your name, username and picture',
  email: 'See your e-mail address',
  roles: 'See what you are in it',
  offline_access: 'Stay signed in while you are away',
};

export const SCOPES = Object.keys(SCOPE_TEXTS);

/** In the form that consents are kept in: `profile`, `urn:flyloft:data-sets read`. */
export function scopeNames({ openid, resources }: WantedScopes): string[] {
  const atResources = Object.entries(resources).flatMap(([resource, scopes]) =>
    scopes.map((scope) => `${resource} ${scope}`),
  );
  return [...openid, ...atResources];
}

export function scopeText(name: string): string {
  const [resource = '', scope = ''] = name.split(' ');
  if (scope === '') return SCOPE_TEXTS[name] ?? name;
  return `Use ${resource.split(':').at(-1)} for you (${scope})`;
}

export function addScopes(grant: Grant, { openid, resources }: WantedScopes): void {
  if (openid.length > 0) grant.addOIDCScope(openid.join(' '));
  for (const [resource, scopes] of Object.entries(resources)) {
    if (scopes.length > 0) grant.addResourceScope(resource, scopes.join(' '));
  }
}
