import type Provider from 'oidc-provider';
import type { Grant, KoaContextWithOIDC } from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { LiveSession } from '../sessions/session.ts';
import { accessOf } from './access.ts';
import { hashOfGrant } from './adapter.ts';
import type { OidcDependencies, SessionOf } from './dependencies.ts';
import { addScopes, scopeNames, type WantedScopes } from './scopes.ts';

export interface NewGrant {
  readonly clientId: string;
  readonly session: LiveSession;
  readonly wanted: WantedScopes;
  /** To be widened; none: a new one. */
  readonly existing?: Grant | undefined;
}

/**
 * A grant of what is wanted, which dies with the session that it was given in (auth.md D13).
 * @throws AccessDenied when that session has just ended.
 */
export async function saveGrant(
  provider: Provider,
  { records }: Pick<OidcDependencies, 'records'>,
  { clientId, session, wanted, existing }: NewGrant,
): Promise<Grant> {
  const grant = existing ?? new provider.Grant({ accountId: session.user.id, clientId });
  addScopes(grant, wanted);
  const id = await grant.save();
  if (await records.bindGrant(hashOfGrant(id), session.id)) return grant;
  await grant.destroy();
  throw new errors.AccessDenied('the session has ended');
}

/** What a request asks for, of all that there is. */
function wantedScopes({ oidc }: KoaContextWithOIDC): WantedScopes {
  const resources = Object.entries(oidc.resourceServers ?? {}).map(([resource, server]) => {
    const known = new Set(server.scope.split(' '));
    return [resource, [...oidc.requestParamScopes].filter((scope) => known.has(scope))] as const;
  });
  return { openid: [...oidc.requestParamOIDCScopes], resources: Object.fromEntries(resources) };
}

/**
 * The grant that a sign-in goes on with: the one of this browser's session, or a new one without a question
 * where the person has said yes before or the application is our own (auth.md A4).
 */
export function loadGrant(deps: OidcDependencies, sessionOf: SessionOf) {
  return async (ctx: KoaContextWithOIDC): Promise<Grant | undefined> => {
    const { provider, client, session, result } = ctx.oidc;
    const own = sessionOf(ctx.req);
    if (client === undefined || session === undefined || own === undefined) return undefined;
    const id = result?.consent?.grantId ?? session.grantIdFor(client.clientId);
    const found = id === undefined ? undefined : await provider.Grant.find(id);
    const existing = found?.accountId === own.user.id ? found : undefined;
    // What was just said is what counts.
    if (existing && result?.consent) return existing;
    const wanted = wantedScopes(ctx);
    const said = new Set(await deps.consents.find(own.user.id, client.clientId));
    const { app } = await accessOf(deps.apps, appOf(client), own.user);
    const names = scopeNames(wanted);
    if (!(app !== undefined && !app.external) && !names.every((name) => said.has(name))) return existing;
    if (existing && names.every((name) => isGranted(existing, name))) return existing;
    await deps.consents.add(own.user.id, client.clientId, names, { actor: own.user.id });
    return saveGrant(provider, deps, { clientId: client.clientId, session: own, wanted, existing });
  };
}

function isGranted(grant: Grant, name: string): boolean {
  const [resource = '', scope = ''] = name.split(' ');
  const granted = scope === '' ? grant.getOIDCScope() : grant.getResourceScope(resource);
  return granted.split(' ').includes(scope === '' ? name : scope);
}

/** The slug of the application that a client belongs to. */
export function appOf(client: object): string | undefined {
  return 'app' in client && typeof client.app === 'string' ? client.app : undefined;
}
