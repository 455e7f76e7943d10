import type { Request, Response } from 'express';
import Provider, { errors, type Interaction, type KoaContextWithOIDC } from 'oidc-provider';
import { formSources } from '../browser/form-source.ts';
import { createSecretBox } from '../keys/secret-box.ts';
import { hashOfSecret } from '../random-secret.ts';
import type { LiveSession } from '../sessions/session.ts';
import type { OidcDependencies } from './dependencies.ts';
import { createDevices, type Devices } from './devices.ts';
import { saveGrant } from './grants.ts';
import { providerConfiguration } from './provider-configuration.ts';
import { scopeNames, type WantedScopes } from './scopes.ts';
import { followOurSessions } from './session-of-ours.ts';

interface SingleSignOnDependencies extends OidcDependencies {
  /** Ends the session of somebody who signs out at an application, and takes the cookie away. */
  readonly signOut: (session: LiveSession, res: Response) => Promise<void>;
}

export interface SingleSignOn {
  /** Answers a request to one of the provider's addresses, for who is signed in with us. */
  readonly answer: (req: Request, res: Response, session: LiveSession | undefined) => Promise<void>;
  /** The sign-in that this browser is on its way with; undefined when it is over, or was never there. */
  readonly interaction: (req: Request, res: Response) => Promise<Interaction | undefined>;
  /** Where to go on with a sign-in whose question was answered. */
  readonly finish: (interaction: Interaction, result: Interaction['result']) => Promise<string>;
  /** The id of a grant of what the sign-in asks for, which dies with the session. */
  readonly allow: (interaction: Interaction, session: LiveSession, wanted: WantedScopes) => Promise<string>;
  readonly devices: Devices;
  /** Where a sign-in at a client may lead to, in the words of `form-action`. */
  readonly originsOf: (clientId: string) => Promise<readonly string[]>;
}

/** The hash of what a request carries stands against the hash that is kept. */
function compareHashedSecrets(provider: Provider): void {
  const { prototype } = provider.Client;
  const compare = prototype.compareClientSecret;
  prototype.compareClientSecret = function compareHash(secret: string) {
    return compare.call(this, Buffer.from(hashOfSecret(secret)).toString('hex'));
  };
}

/** A form of a page about a client may lead to that client: browsers check the whole way of a form. */
async function allowFormsToClient(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  await next();
  const client = ctx.oidc?.client;
  const policy = ctx.response.get('Content-Security-Policy');
  if (client === undefined || !policy.includes('form-action')) return;
  const addresses = [...(client.redirectUris ?? []), ...(client.postLogoutRedirectUris ?? [])];
  // Its last directive is the one about forms.
  ctx.set('Content-Security-Policy', [policy, ...formSources(addresses)].join(' '));
}

/** Addresses in answers come from the issuer, never from the Host header (auth.md A7.5). */
function pinAddress(req: Request, origin: string): void {
  const { host, protocol } = new URL(origin);
  const { pathname, search } = new URL(req.url ?? '/', origin);
  const pinned = { host, 'x-forwarded-proto': protocol.slice(0, -1) };
  const { 'x-forwarded-host': _host, ...headers } = req.headers;
  req.headers = { ...headers, ...pinned };
  req.url = `${pathname}${search}`;
  req.originalUrl = req.url;
}

/** The OpenID Connect provider (auth.md A2): oidc-provider on our sessions, keys, clients and pages. */
export function createSingleSignOn(deps: SingleSignOnDependencies): SingleSignOn {
  const sessions = new WeakMap<object, LiveSession>();
  const sessionOf = (req: object) => sessions.get(req);
  const box = createSecretBox(deps.secret, 'oidc records');
  const adapter = { records: deps.records, clients: deps.clients, box };
  const build = (): Provider => {
    const provider = new Provider(deps.origin, providerConfiguration(deps, sessionOf, adapter));
    provider.proxy = true;
    compareHashedSecrets(provider);
    followOurSessions(provider, sessionOf);
    provider.use(allowFormsToClient);
    provider.use(async (ctx, next) => {
      await next();
      const isSignedOut = ctx.oidc?.route === 'end_session_confirm' && ctx.status === 303;
      const session = sessionOf(ctx.req);
      if (!isSignedOut || session === undefined || !ctx.oidc.params?.logout) return;
      // Express made it; the provider passes it on.
      await deps.signOut(session, ctx.res as Response);
    });
    return provider;
  };
  let current: { readonly keys: string; readonly provider: Provider } | undefined;
  // The provider has its keys from the start: another set of keys is another provider.
  const providerNow = (): Provider => {
    const { active, jwks } = deps.keyRing;
    const keys = [active.kid, ...jwks.keys.map(({ kid }) => kid)].join(' ');
    if (current?.keys !== keys) current = { keys, provider: build() };
    return current.provider;
  };
  return {
    answer: async (req, res, session) => {
      if (session !== undefined) sessions.set(req, session);
      pinAddress(req, deps.origin);
      await providerNow().callback()(req, res);
    },
    interaction: async (req, res) => {
      try {
        return await providerNow().interactionDetails(req, res);
      } catch (error) {
        if (error instanceof errors.SessionNotFound) return undefined;
        throw error;
      }
    },
    finish: async (interaction, result) => {
      interaction.result = { ...interaction.lastSubmission, ...result };
      await interaction.persist();
      return interaction.returnTo;
    },
    allow: async ({ params, grantId }, session, wanted) => {
      const provider = providerNow();
      const clientId = String(params.client_id);
      const found = grantId === undefined ? undefined : await provider.Grant.find(grantId);
      const existing = found?.accountId === session.user.id ? found : undefined;
      const { id } = session.user;
      await deps.consents.add(id, clientId, scopeNames(wanted), { actor: id });
      return (await saveGrant(provider, deps, { clientId, session, wanted, existing })).jti;
    },
    devices: createDevices({ ...deps, box, provider: providerNow }),
    originsOf: async (clientId) => {
      const client = await deps.clients.find(clientId);
      return formSources(client?.metadata.redirect_uris ?? []);
    },
  };
}
