import { randomBytes, randomUUID } from 'node:crypto';
import type { Answered } from './stub-http.ts';

export interface StubIdentity {
  readonly id: string;
  readonly schema_id: string;
  state: string;
  traits: Record<string, unknown>;
  verifiable_addresses: { value: string; verified: boolean; via: string }[];
  password?: string | undefined;
}

export interface StubSession {
  readonly id: string;
  readonly identity: string;
  /** The value of the cookie, and the token of programs. */
  readonly secret: string;
  active: boolean;
  authenticated_at: string;
  expires_at: string;
  authenticator_assurance_level: string;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const refused = (status: number, reason: string, id = ''): Answered => ({
  status,
  body: { error: { id, code: status, status: 'Refused', reason, message: 'The request was refused' } },
});

/** People and their sessions, as Kratos keeps them. */
export function createStubPeople(now: () => Date) {
  const identities = new Map<string, StubIdentity>();
  const sessions = new Map<string, StubSession>();
  /** What the next whoami of a session of this identity lacks. */
  const needSecondStep = new Set<string>();

  const emailOf = ({ traits }: StubIdentity) => String(traits.email ?? '').toLowerCase();
  const shown = ({ password: _password, ...identity }: StubIdentity) => identity;
  const findByEmail = (email: string) =>
    [...identities.values()].find((one) => emailOf(one) === email.toLowerCase());

  const add = (
    given: Partial<Omit<StubIdentity, 'id'>> & { verified?: boolean; id?: string } = {},
  ): StubIdentity => {
    const { verified = false, ...own } = given;
    const traits = own.traits ?? {};
    const email = typeof traits.email === 'string' ? traits.email : undefined;
    const addresses = email === undefined ? [] : [{ value: email, verified, via: 'email' }];
    const identity = {
      ...{ id: randomUUID(), schema_id: 'default', state: 'active', traits, verifiable_addresses: addresses },
      ...own,
    };
    identities.set(identity.id, identity);
    return identity;
  };
  const signIn = (identity: StubIdentity, own: Partial<StubSession> = {}): StubSession => {
    const session = {
      ...{ id: randomUUID(), identity: identity.id, secret: `ory_st_${randomBytes(24).toString('hex')}` },
      ...{ active: true, authenticated_at: now().toISOString(), authenticator_assurance_level: 'aal1' },
      expires_at: new Date(now().getTime() + DAY).toISOString(),
      ...own,
    };
    sessions.set(session.id, session);
    return session;
  };
  const bySecret = (secret: string | undefined) =>
    [...sessions.values()].find((one) => one.secret === secret);
  const liveBySecret = (secret: string | undefined) => {
    const session = bySecret(secret);
    const isLive =
      session?.active && new Date(session.expires_at) > now() && identities.has(session.identity);
    return isLive ? session : undefined;
  };

  const admin = (method: string, path: string, query: URLSearchParams, body: unknown): Answered => {
    const [, , kind, id = '', rest] = path.split('/');
    if (kind === 'recovery') return recovery(id, body as { identity_id?: string });
    if (kind === 'sessions') {
      const session = sessions.get(id);
      if (!session) return refused(404, 'no such session');
      session.active = false;
      return { status: 204 };
    }
    if (kind !== 'identities') return refused(404, 'no such call');
    if (id === '') return method === 'POST' ? create(body as Partial<StubIdentity>) : list(query);
    const identity = identities.get(decodeURIComponent(id));
    if (!identity) return refused(404, 'no such identity');
    if (rest === 'sessions') return sessionsOf(method, identity);
    if (method === 'DELETE') {
      identities.delete(identity.id);
      return { status: 204 };
    }
    if (method === 'PATCH') return patch(identity, body as { op: string; path: string; value: string }[]);
    return { status: 200, body: shown(identity) };
  };
  const create = (
    given: Partial<StubIdentity> & { credentials?: { password?: { config?: { password?: string } } } },
  ): Answered => {
    const email = String(given.traits?.email ?? '');
    if (!/^[^@\s]+@[^@\s]+$/.test(email)) return refused(400, 'traits.email: is not an email address');
    if (findByEmail(email)) return refused(409, 'exists already');
    const { credentials, ...own } = given;
    return { status: 201, body: shown(add({ ...own, password: credentials?.password?.config?.password })) };
  };
  const list = (query: URLSearchParams): Answered => {
    const size = Number(query.get('page_size') ?? 250);
    const wanted = query.get('credentials_identifier');
    const all = [...identities.values()]
      .filter((one) => wanted === null || emailOf(one) === wanted)
      .sort((left, right) => (left.id < right.id ? -1 : 1));
    const from = query.get('page_token');
    const start = from ? all.findIndex(({ id }) => id > from) : 0;
    const page = start < 0 ? [] : all.slice(start, start + size);
    const isMore = start >= 0 && start + size < all.length;
    const next = `</admin/identities?page_size=${size}&page_token=${page.at(-1)?.id}>; rel="next"`;
    return { status: 200, body: page.map(shown), ...(isMore ? { headers: { Link: next } } : {}) };
  };
  const sessionsOf = (method: string, identity: StubIdentity): Answered => {
    const own = [...sessions.values()].filter((one) => one.identity === identity.id);
    if (method === 'DELETE') {
      for (const session of own) session.active = false;
      return { status: 204 };
    }
    return {
      status: 200,
      body: own.filter(({ active }) => active).map(({ id, active }) => ({ id, active })),
    };
  };
  const patch = (
    identity: StubIdentity,
    operations: readonly { op: string; path: string; value: string }[],
  ): Answered => {
    for (const { path, value } of operations) {
      if (path !== '/traits/email') return refused(400, `cannot patch ${path}`);
      if (findByEmail(value)) return refused(409, 'exists already');
      identity.traits = { ...identity.traits, email: value };
      identity.verifiable_addresses = [{ value, verified: false, via: 'email' }];
    }
    return { status: 200, body: shown(identity) };
  };
  const recovery = (by: string, { identity_id: id = '' }: { identity_id?: string }): Answered => {
    if (!identities.has(id)) return refused(404, 'no such identity');
    const expires_at = new Date(now().getTime() + DAY).toISOString();
    const link = `http://kratos.example/self-service/recovery?flow=${randomUUID()}`;
    if (by === 'link')
      return { status: 200, body: { recovery_link: `${link}&token=${randomUUID()}`, expires_at } };
    return { status: 201, body: { recovery_link: link, recovery_code: '123456', expires_at } };
  };
  const whoami = (secret: string | undefined): Answered => {
    const session = liveBySecret(secret);
    if (!session) return refused(401, 'No valid session credentials found', 'session_inactive');
    const identity = identities.get(session.identity);
    if (needSecondStep.has(session.identity) && session.authenticator_assurance_level === 'aal1') {
      return refused(403, 'a second factor is needed', 'session_aal2_required');
    }
    const { secret: _secret, ...told } = session;
    const headers = { 'X-Kratos-Authenticated-Identity-Id': session.identity };
    return { status: 200, body: { ...told, identity: identity && shown(identity) }, headers };
  };
  return {
    identities,
    sessions,
    needSecondStep,
    add,
    signIn,
    findByEmail,
    liveBySecret,
    admin,
    whoami,
    refused,
  };
}

export type StubPeople = ReturnType<typeof createStubPeople>;
