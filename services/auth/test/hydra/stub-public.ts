import { randomBytes } from 'node:crypto';
import type { StubFlows, StubOutcome } from './stub-flows.ts';

export interface StubClient {
  readonly client_id: string;
  readonly client_name?: string;
  readonly redirect_uris?: readonly string[];
  readonly post_logout_redirect_uris?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly skip_consent?: boolean;
  readonly skip_logout_consent?: boolean;
  readonly [name: string]: unknown;
}

interface Grant {
  readonly subject: string;
  readonly client: string;
  readonly scopes: readonly string[];
  readonly idToken: Readonly<Record<string, unknown>>;
}

interface Places {
  readonly origin: () => string;
  /** Where the pages are. */
  readonly pages: string;
  readonly clients: ReadonlyMap<string, StubClient>;
  readonly flows: StubFlows;
}

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

/** The public side: what a browser and an application see of Hydra. Tokens are signed by nobody. */
export function createStubPublic({ origin, pages, clients, flows }: Places) {
  const remembered = new Map<string, string>();
  const codes = new Map<string, Grant>();
  const refreshes = new Map<string, Grant>();

  const toClient = (address: URL, answer: Record<string, string>) => {
    const target = new URL(address.searchParams.get('redirect_uri') ?? '');
    const state = address.searchParams.get('state') ?? '';
    for (const [name, value] of Object.entries({ ...answer, state, iss: origin() })) {
      target.searchParams.set(name, value);
    }
    return target.href;
  };
  const page = (stage: string, challenge: string) =>
    `${pages}/hydra/${stage}?${new URLSearchParams({ [`${stage}_challenge`]: challenge })}`;
  const requestOf = (address: URL) => ({
    client: clients.get(address.searchParams.get('client_id') ?? '') ?? { client_id: 'gone' },
    request_url: address.href,
    requested_scope: (address.searchParams.get('scope') ?? '').split(' ').filter(Boolean),
    requested_access_token_audience: (address.searchParams.get('audience') ?? '').split(' ').filter(Boolean),
    oidc_context: {},
  });
  const withoutVerifiers = (address: URL) => {
    const original = new URL(address);
    for (const name of ['login_verifier', 'consent_verifier']) original.searchParams.delete(name);
    return original;
  };
  const afterLogin = (address: URL, { verb, body, flow }: StubOutcome, browser: string) => {
    if (verb === 'reject') return toClient(address, { error: String(body.error) });
    const subject = String(body.subject);
    if (body.remember === true || flow.request.skip === true) remembered.set(browser, subject);
    const original = withoutVerifiers(address);
    const request = { ...requestOf(original), skip: false, subject };
    const shared = { browser, originalUrl: original.href, returnTo: original.href };
    return page('consent', flows.begin({ stage: 'consent', request, ...shared }));
  };
  const afterConsent = (address: URL, { verb, body, flow }: StubOutcome) => {
    if (verb === 'reject') return toClient(address, { error: String(body.error) });
    const code = randomBytes(16).toString('hex');
    const session = body.session as { id_token: Record<string, unknown> };
    codes.set(code, {
      subject: String(flow.request.subject),
      client: address.searchParams.get('client_id') ?? '',
      scopes: strings(body.grant_scope),
      idToken: session.id_token,
    });
    return toClient(address, { code });
  };
  const tokensOf = (grant: Grant) => {
    const refresh = randomBytes(16).toString('hex');
    refreshes.set(refresh, grant);
    const claims = { ...grant.idToken, sub: grant.subject, aud: [grant.client], iss: origin() };
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    return {
      id_token: `${part({ alg: 'none' })}.${part(claims)}.`,
      refresh_token: refresh,
      scope: grant.scopes.join(' '),
    };
  };
  return {
    remembered,
    authorize: (address: URL, browser: string): string => {
      const loginVerifier = address.searchParams.get('login_verifier');
      const consentVerifier = address.searchParams.get('consent_verifier');
      if (loginVerifier !== null) {
        const outcome = flows.take(loginVerifier, browser);
        return outcome
          ? afterLogin(address, outcome, browser)
          : toClient(address, { error: 'access_denied' });
      }
      if (consentVerifier !== null) {
        const outcome = flows.take(consentVerifier, browser);
        return outcome ? afterConsent(address, outcome) : toClient(address, { error: 'access_denied' });
      }
      const known = remembered.get(browser);
      const request = { ...requestOf(address), skip: known !== undefined, subject: known ?? '' };
      const shared = { browser, originalUrl: address.href, returnTo: address.href };
      return page('login', flows.begin({ stage: 'login', request, ...shared }));
    },
    logout: (address: URL, browser: string): string => {
      const verifier = address.searchParams.get('logout_verifier');
      if (verifier !== null) {
        const outcome = flows.take(verifier, browser);
        if (outcome) remembered.delete(browser);
        return outcome?.flow.originalUrl ?? `${origin()}/oauth2/fallbacks/logout/callback`;
      }
      const hint = address.searchParams.get('id_token_hint')?.split('.')[1] ?? '';
      const { sub = '', aud = [''] } = hint ? JSON.parse(Buffer.from(hint, 'base64url').toString()) : {};
      const client = clients.get(aud[0]);
      const request = {
        ...{ subject: sub, sid: 'sid', request_url: address.href, rp_initiated: hint !== '' },
        client: client ?? null,
      };
      const returnTo = `${origin()}/oauth2/sessions/logout`;
      const originalUrl = address.searchParams.get('post_logout_redirect_uri') ?? '';
      return page('logout', flows.begin({ stage: 'logout', request, browser, originalUrl, returnTo }));
    },
    redeem: (form: URLSearchParams) => {
      const isRefresh = form.get('grant_type') === 'refresh_token';
      const [kept, secret] = isRefresh ? [refreshes, form.get('refresh_token')] : [codes, form.get('code')];
      const grant = kept.get(secret ?? '');
      kept.delete(secret ?? '');
      return grant && tokensOf(grant);
    },
  };
}
