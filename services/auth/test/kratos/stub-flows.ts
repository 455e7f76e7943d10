import { randomBytes, randomUUID } from 'node:crypto';
import { type Answered, cookieOf } from './stub-http.ts';
import type { StubPeople } from './stub-people.ts';

export const SESSION_COOKIE = 'ory_kratos_session';
const CSRF_COOKIE = 'csrf_token_stub';
const HOUR = 3_600_000;
/** How long after a sign-in settings can be changed. */
const PRIVILEGED = 900_000;
/** Of every letter, and of every authenticator. */
export const CODE = '123456';

interface StubFlow {
  readonly id: string;
  readonly kind: string;
  readonly csrf: string;
  readonly returnTo: string;
  readonly query: URLSearchParams;
  expiresAt: number;
  messages: { id: number; text: string; type: string }[];
  state: string;
  email: string;
}

export interface Visit {
  readonly method: string;
  readonly address: URL;
  readonly cookies: string;
  readonly form: URLSearchParams;
  readonly wantsJson: boolean;
}

interface Places {
  readonly origin: () => string;
  /** Where the pages are (`ui_url`). */
  readonly pages: string;
  readonly people: StubPeople;
  readonly now: () => Date;
}

const input = (
  group: string,
  name: string,
  type: string,
  value: unknown = '',
  label = '',
  more: object = {},
) => ({
  ...{ type: 'input', group, messages: [] },
  attributes: { name, type, value, required: false, disabled: false, node_type: 'input', ...more },
  meta: label ? { label: { id: 1, text: label, type: 'info' } } : {},
});

const button = (group: string, name: string, value: string, label: string) =>
  input(group, name, 'submit', value, label);
const required = { required: true };

/** The nodes of each kind of flow, as Kratos sends them with passwords, codes and one social provider. */
function nodesOf({ kind, state, query }: StubFlow) {
  switch (kind) {
    case 'login':
      if (query.get('aal') === 'aal2') {
        return [
          input('totp', 'totp_code', 'text', '', 'Authentication code', required),
          button('totp', 'method', 'totp', 'Use Authenticator'),
        ];
      }
      return [
        input('default', 'identifier', 'text', '', 'E-Mail', required),
        input('password', 'password', 'password', '', 'Password', {
          ...required,
          autocomplete: 'current-password',
        }),
        button('password', 'method', 'password', 'Sign in'),
        button('oidc', 'provider', 'town', 'Sign in with Town'),
      ];
    case 'registration':
      return [
        input('password', 'traits.email', 'email', '', 'E-Mail', required),
        input('password', 'password', 'password', '', 'Password', required),
        button('password', 'method', 'password', 'Sign up'),
      ];
    case 'settings':
      return [
        input('profile', 'traits.email', 'email', 'ada@example.org', 'E-Mail', required),
        button('profile', 'method', 'profile', 'Save'),
        input('password', 'password', 'password', '', 'Password', required),
        button('password', 'method', 'password', 'Save'),
        {
          ...{ type: 'img', group: 'totp', messages: [], meta: { label: { text: 'Authenticator app' } } },
          attributes: {
            node_type: 'img',
            src: 'data:image/png;base64,AAAA',
            id: 'totp_qr',
            width: 9,
            height: 9,
          },
        },
        {
          ...{ type: 'text', group: 'totp', messages: [], meta: { label: { text: 'Your secret' } } },
          attributes: {
            node_type: 'text',
            id: 'totp_secret_key',
            text: { id: 1, text: 'SECRET<b>', type: 'info' },
          },
        },
        input('totp', 'totp_code', 'text', '', 'Code'),
        button('totp', 'method', 'totp', 'Save'),
        {
          ...{ type: 'script', group: 'webauthn', messages: [], meta: {} },
          attributes: { node_type: 'script', src: 'https://evil.example/webauthn.js', async: true },
        },
        input('webauthn', 'webauthn_register_trigger', 'button', '', 'Add security key', {
          onclick: 'alert(1)',
        }),
      ];
    default:
      if (state === 'passed_challenge') {
        const title = { id: 1, text: 'Continue', type: 'info' };
        const attributes = { node_type: 'a', href: query.get('return_to') ?? '', title, id: 'continue' };
        return [{ type: 'a', group: 'code', messages: [], meta: {}, attributes }];
      }
      return state === 'sent_email'
        ? [input('code', 'code', 'text', '', 'Code', required), button('code', 'method', 'code', 'Submit')]
        : [input('code', 'email', 'email', '', 'E-Mail', required), button('code', 'method', 'code', 'Send')];
  }
}

/** The self-service flows of the public side. */
export function createStubFlows({ origin, pages, people, now }: Places) {
  const flows = new Map<string, StubFlow>();
  const errors = new Map<string, unknown>();
  const { refused } = people;

  const bodyOf = (flow: StubFlow) => ({
    ...{
      id: flow.id,
      type: 'browser',
      expires_at: new Date(flow.expiresAt).toISOString(),
      state: flow.state,
    },
    ...{
      return_to: flow.returnTo || undefined,
      request_url: `${origin()}/self-service/${flow.kind}/browser`,
    },
    ui: {
      ...{ action: `${origin()}/self-service/${flow.kind}?flow=${flow.id}`, method: 'POST' },
      nodes: [input('default', 'csrf_token', 'hidden', flow.csrf, '', required), ...nodesOf(flow)],
      messages: flow.messages,
    },
  });
  const csrfOf = (cookies: string) => cookieOf(cookies, CSRF_COOKIE);
  const see = (address: string, cookies: readonly string[] = []): Answered => ({
    status: 303,
    headers: { Location: address, ...(cookies.length > 0 ? { 'Set-Cookie': cookies } : {}) },
  });
  const page = (flow: StubFlow) => `${pages}/auth/kratos/${flow.kind}?flow=${flow.id}`;
  const sessionOf = (cookies: string) => people.liveBySecret(cookieOf(cookies, SESSION_COOKIE));

  const begin = (kind: string, { address, cookies }: Visit): Answered => {
    const query = address.searchParams;
    const session = sessionOf(cookies);
    const isStep = query.get('refresh') === 'true' || query.get('aal') === 'aal2';
    if (kind === 'settings' && !session) return see(`${origin()}/self-service/login/browser`);
    if (['login', 'registration'].includes(kind) && session && !isStep)
      return see(query.get('return_to') || pages);
    const csrf = csrfOf(cookies) ?? randomBytes(12).toString('hex');
    const flow = {
      ...{
        id: randomUUID(),
        kind,
        csrf,
        query,
        expiresAt: now().getTime() + HOUR,
        messages: [],
        state: 'choose_method',
      },
      ...{ returnTo: query.get('return_to') ?? '', email: '' },
    };
    flows.set(flow.id, flow);
    return see(page(flow), [`${CSRF_COOKIE}=${csrf}; Path=/; HttpOnly`]);
  };
  const show = (kind: string, { address, cookies }: Visit): Answered => {
    const flow = flows.get(address.searchParams.get('id') ?? '');
    if (flow?.kind !== kind) return refused(404, 'no such flow');
    if (kind === 'settings' && !sessionOf(cookies)) return refused(401, 'sign in first', 'session_inactive');
    if (csrfOf(cookies) !== flow.csrf) return refused(403, 'no CSRF cookie', 'security_csrf_violation');
    if (flow.expiresAt <= now().getTime()) {
      const details = { return_to: flow.returnTo, redirect_to: `${origin()}/self-service/${kind}/browser` };
      const reason = 'The self-service flow has expired';
      return {
        status: 410,
        body: { error: { id: 'self_service_flow_expired', code: 410, reason, details } },
      };
    }
    return { status: 200, body: bodyOf(flow) };
  };
  const again = (flow: StubFlow, text: string): Answered => {
    flow.messages = [{ id: 4_000_006, text, type: 'error' }];
    return see(page(flow));
  };
  const signedIn = (flow: StubFlow, email: string, cookies: string): Answered => {
    const identity = people.findByEmail(email);
    if (!identity) return again(flow, 'gone');
    const before = sessionOf(cookies);
    const isStep = flow.query.get('aal') === 'aal2';
    if (before && before.identity === identity.id) {
      before.authenticated_at = now().toISOString();
      if (isStep) before.authenticator_assurance_level = 'aal2';
      return see(flow.returnTo || pages);
    }
    const session = people.signIn(identity);
    return see(flow.returnTo || pages, [
      `${SESSION_COOKIE}=${session.secret}; Path=/; HttpOnly; SameSite=Lax`,
    ]);
  };
  const submit = (kind: string, { address, cookies, form }: Visit): Answered => {
    const flow = flows.get(address.searchParams.get('flow') ?? '');
    if (flow?.kind !== kind) return refused(404, 'no such flow');
    if (csrfOf(cookies) !== flow.csrf || form.get('csrf_token') !== flow.csrf) {
      const id = randomUUID();
      const reason = 'Please retry the flow and <optionally> clear your cookies';
      errors.set(id, { code: 403, status: 'Forbidden', message: 'CSRF', reason });
      return see(`${pages}/auth/kratos/error?id=${id}`);
    }
    if (form.get('provider')) return see(`${origin()}/town?flow=${flow.id}`);
    if (kind === 'login' && flow.query.get('aal') === 'aal2') {
      const identity = people.identities.get(sessionOf(cookies)?.identity ?? '');
      const isRight = identity && form.get('totp_code') === CODE;
      return isRight
        ? signedIn(flow, String(identity.traits.email), cookies)
        : again(flow, 'The provided authentication code is invalid, please try again.');
    }
    if (kind === 'login') {
      const email = form.get('identifier') ?? '';
      const isRight = people.findByEmail(email)?.password === form.get('password');
      return isRight ? signedIn(flow, email, cookies) : again(flow, 'The provided credentials are invalid');
    }
    if (kind === 'registration') {
      const email = form.get('traits.email') ?? '';
      if (people.findByEmail(email)) return again(flow, 'An account with the same identifier exists already');
      people.add({ traits: { email }, password: form.get('password') ?? '' });
      return signedIn(flow, email, cookies);
    }
    if (kind === 'settings') {
      const age = now().getTime() - Date.parse(sessionOf(cookies)?.authenticated_at ?? '');
      if (!(age < PRIVILEGED)) {
        const query = new URLSearchParams({ refresh: 'true', return_to: page(flow) });
        return see(`${origin()}/self-service/login/browser?${query}`);
      }
      flow.messages = [{ id: 1_050_001, text: 'Your changes have been saved!', type: 'success' }];
      return see(page(flow));
    }
    if (flow.state === 'choose_method') {
      flow.state = 'sent_email';
      flow.email = form.get('email') ?? '';
      return see(page(flow));
    }
    if (form.get('code') !== CODE) return again(flow, 'The code is invalid');
    flow.state = 'passed_challenge';
    if (kind === 'recovery') return signedIn(flow, flow.email, cookies);
    for (const one of people.findByEmail(flow.email)?.verifiable_addresses ?? []) one.verified = true;
    flow.messages = [
      { id: 1_080_002, text: 'You successfully verified your email address.', type: 'success' },
    ];
    return see(page(flow));
  };
  const logout = ({ address, cookies }: Visit): Answered => {
    const session = sessionOf(cookies);
    const token = address.searchParams.get('token');
    if (token !== null) {
      if (session) session.active = false;
      const over = `${SESSION_COOKIE}=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT`;
      return see(address.searchParams.get('return_to') || pages, [over]);
    }
    if (!session) return refused(401, 'no session', 'session_inactive');
    const query = new URLSearchParams({ token: 'x', return_to: address.searchParams.get('return_to') ?? '' });
    const body = { logout_url: `${origin()}/self-service/logout?${query}`, logout_token: 'x' };
    return { status: 200, body };
  };
  return {
    flows,
    errors,
    answer: (visit: Visit): Answered => {
      const { pathname, searchParams } = visit.address;
      if (pathname === '/self-service/errors') {
        const id = searchParams.get('id') ?? '';
        return errors.has(id)
          ? { status: 200, body: { id, error: errors.get(id) } }
          : refused(404, 'no such error');
      }
      if (pathname.startsWith('/self-service/logout')) return logout(visit);
      const [, , kind = '', call] = pathname.split('/');
      if (!['login', 'registration', 'recovery', 'verification', 'settings'].includes(kind))
        return refused(404, 'no');
      if (call === 'browser') return begin(kind, visit);
      if (call === 'flows') return show(kind, visit);
      return visit.method === 'POST' ? submit(kind, visit) : refused(405, 'POST');
    },
  };
}
