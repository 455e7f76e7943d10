import { randomBytes, randomUUID } from 'node:crypto';
import {
  createTestProvider,
  fuzzService,
  serveHttp,
  type TestHttpServer,
  type TestProvider,
} from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { createOneTimeLink } from '../src/links/one-time-link.ts';
import { createOpenIdProvider } from '../src/providers/openid-connect.ts';
import { createSession } from '../src/sessions/session.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

/** Each may sign out, delete the account or be suspended by a request: enough for 10,000. */
const PEOPLE = 60;
const PASSWORD = 'correct horse battery';

const PUSH_KEYS = {
  p256dh: randomBytes(65).toString('base64url'),
  auth: randomBytes(16).toString('base64url'),
};

/**
 * What is right there must come from another's hand at that moment: a first step that was done, a code
 * that a sign-in led back with, a token of another issuer, a key that has been retiring for a minute. The
 * page of errors is one. Their own tests go the whole way.
 */
const UNREACHED = [
  // a client proves itself in ways of its own, and a sign-in goes through several pages
  ...['GET /oidc/auth', 'GET /oidc/auth/{uid}', 'GET /oidc/me', 'POST /oidc/me', 'POST /oidc/token'],
  ...['POST /oidc/token/introspection', 'POST /oidc/token/revocation', 'POST /oidc/request'],
  ...['POST /oidc/device/auth', 'POST /oidc/session/end/confirm', 'POST /auth/consent', 'POST /auth/device'],
  'DELETE /auth/consents/{client_id}',
  'GET /auth/login/code',
  'POST /auth/login/code',
  'GET /auth/error',
  'POST /auth/exchange',
  'POST /users',
  'POST /admin/keys/{kid}/retire',
];

/** They need a browser whose administrator has not signed out, and a form for each: admin-pages.test.ts has them. */
const PAGES_OF_ADMINISTRATION = / \/admin(\/pages\/|$)/;

let provider: TestProvider;
let harness: Harness;
let server: TestHttpServer;
let origin: string;

beforeAll(async () => {
  provider = await createTestProvider({ redirectUris: [`${ORIGIN}/auth/city/callback`] });
  const { issuer, clientId } = provider;
  const city = createOpenIdProvider({
    name: 'city',
    title: 'City',
    issuer,
    clientId,
    clientSecret: undefined,
  });
  harness = await openHarness({
    realTime: true,
    signIn: {
      providers: new Map([[city.name, city]]),
      allowedNextOrigins: new Set(['https://app.example']),
      selfRegistration: true,
      legacyCallback: true,
      sendMail: async () => undefined,
    },
  });
  server = await serveHttp(harness.app);
  ({ origin } = server);
});

afterAll(async () => {
  await server.close();
  await provider.close();
  await harness.close();
});

async function newLinks(purpose: 'sign-in' | 'email', userId: string): Promise<string[]> {
  const made = Array.from({ length: PEOPLE }, () =>
    createOneTimeLink(purpose, ORIGIN, new Date(), 'new@example.org'),
  );
  await harness.database.oneTimeLink.createMany({ data: made.map(({ link }) => ({ ...link, userId })) });
  return made.map(({ url }) => new URL(url).searchParams.get('link') ?? '');
}

const admin = () => ({ Authorization: `Bearer ${harness.adminToken}` });

async function post(path: string, body: object) {
  return (await request(origin).post(path).set(admin()).send(body).expect(201)).body;
}

/** What a browser with a session sends with the forms of our pages. */
async function browserHeaders(userId: string) {
  const { session, cookie } = createSession(new Date());
  await harness.database.session.create({ data: { ...session, userId } });
  const own = { Cookie: `flyloft_session=${cookie}`, 'Sec-Fetch-Site': 'same-origin' };
  const { headers } = await fetch(`${origin}/auth/me`, { headers: own });
  const [browser = ''] = headers.getSetCookie().map((line) => line.split(';')[0]);
  return {
    ...own,
    Cookie: `${own.Cookie}; ${browser}`,
    'X-CSRF-Token': headers.get('x-csrf-token') ?? '',
  };
}

const repeated = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);

/** Sessions of somebody, by their ids. */
async function newSessions(userId: string): Promise<string[]> {
  const made = Array.from({ length: PEOPLE }, () => createSession(new Date()).session);
  await harness.database.session.createMany({ data: made.map((session) => ({ ...session, userId })) });
  return made.map(({ id }) => id);
}

/** A person with a password, a link to set another one, a token that may be revoked, and a browser. */
async function newPerson(index: number) {
  const email = `person${index}@example.org`;
  const password = index < 3 ? { password: PASSWORD } : {};
  const { id, idhash, username, recovery_url: recovery } = await post('/admin/users', { email, ...password });
  const { token } = await post(`/admin/users/${id}/tokens`, { name: 'a', scopes: ['profile'] });
  const link = new URL(recovery).searchParams.get('link') ?? '';
  return {
    id,
    idhash: String(idhash),
    email,
    username,
    link,
    token: String(token),
    browser: await browserHeaders(id),
  };
}

/** Slugs of applications, and ids of clients. */
async function applications(): Promise<[slugs: string[], clients: string[]]> {
  const slugs = Array.from({ length: 20 }, (_, index) => `app-${index}`);
  for (const slug of slugs) await post('/admin/apps', { slug, name: slug, url: 'https://app.example' });
  const redirect_uris = ['https://app.example/callback'];
  for (const slug of slugs) {
    await post('/admin/clients', { client_id: slug, client_name: slug, redirect_uris });
  }
  return [slugs, slugs];
}

/** Reports, phrases and browsers that requests can be about, by their ids. */
async function communityIds(userId: string) {
  const ids = () => Array.from({ length: 40 }, () => randomUUID());
  const [reports, phrases, subscriptions] = [ids(), ids(), ids()];
  const { database } = harness;
  await database.report.createMany({
    data: reports.map((id) => ({
      id,
      kind: 'package',
      target: `ann:${id}`,
      reason: 'x',
      reporterId: userId,
    })),
  });
  await database.wordPhrase.createMany({ data: phrases.map((id) => ({ id, phrase: id, folded: id })) });
  await database.pushSubscription.createMany({
    data: subscriptions.map((id) => ({ id, userId, endpoint: `https://push.example/${id}`, ...PUSH_KEYS })),
  });
  const at = (path: string, known: string[], ...methods: string[]) =>
    Object.fromEntries(methods.map((method) => [`${method} ${path}#id`, known]));
  return {
    ...at('/reports/{id}', reports, 'GET', 'PATCH'),
    ...at('/admin/reports/{id}', reports, 'GET', 'PATCH'),
    ...at('/admin/words/{id}', phrases, 'DELETE'),
    ...at('/push-subscriptions/{id}', subscriptions, 'PATCH', 'DELETE'),
  };
}

it('the OpenAPI document of auth is true of every answer, to good, odd and hostile requests alike, and none is a 5xx', async () => {
  const people = [];
  for (let index = 0; index < PEOPLE; index += 1) people.push(await newPerson(index));
  const administrator = await harness.database.user.findFirstOrThrow({ where: { email: 'admin@localhost' } });
  const { token: userToken } = await harness.userTokenFor(administrator.id);
  const suspended = people.slice(-10).map(({ id }) => id);
  const until = new Date(Date.now() + 86_400_000);
  await harness.database.suspension.createMany({
    data: suspended.map((userId) => ({ userId, until, reason: 'x' })),
  });
  const links = people.map(({ link }) => link);
  const emailLinks = await newLinks('email', administrator.id);
  const ownTokens = [];
  for (let count = 0; count < 20; count += 1) {
    ownTokens.push(
      (await post(`/admin/users/${administrator.id}/tokens`, { name: 'a', scopes: ['profile'] })).token,
    );
  }
  const sessions = await newSessions(administrator.id);
  const identity = { provider: 'city', email: null, emailVerified: false };
  const subjects = Array.from({ length: PEOPLE }, (_, index) => `subject-${index}`);
  await harness.database.identity.createMany({
    data: subjects.map((subject) => ({ ...identity, subject, userId: administrator.id })),
  });
  const browser = () => browserHeaders(administrator.id);
  const [slugs, clients] = await applications();
  const permissions = people.flatMap(({ idhash: userid }) =>
    ['data-sets', 'os.datastore'].map((service) => ({ userid, service, permissions: { write: true } })),
  );
  await harness.database.servicePermission.createMany({ data: permissions });
  const roles = Array.from({ length: 20 }, (_, index) => `role ${index}`);
  await harness.database.role.createMany({ data: roles.map((name) => ({ name, description: 'x' })) });
  const parameters = {
    id: people.map(({ id }) => id),
    'DELETE /admin/users/{id}/suspension#id': suspended,
    'DELETE /auth/tokens/{id}#id': ownTokens.map((token) => token.split('_')[2] ?? ''),
    'GET /auth/sign-in#link': await newLinks('sign-in', administrator.id),
    'GET /auth/verify#link': emailLinks,
    'DELETE /auth/sessions/{id}#id': sessions,
    subject: subjects,
    'PUT /admin/roles/{name}#name': ['editor', 'admin'],
    'DELETE /admin/roles/{name}#name': roles,
    ...Object.fromEntries(
      ['GET', 'PUT', 'DELETE'].map((method) => [`${method} /admin/clients/{id}#id`, clients]),
    ),
    'POST /admin/clients/{id}/secret#id': clients,
    ...(await communityIds(administrator.id)),
    slug: slugs,
    alias: ['data-sets', 'os.datastore'],
    userid: ['*', ...people.map(({ idhash }) => idhash)],
    'DELETE /admin/users/{id}/sessions/{session}#id': [administrator.id],
    session: sessions,
    kid: (await harness.keys.list()).map(({ kid }) => kid),
    provider: ['city'],
    action: ['profile', 'password', 'second-factor', 'second-factor-confirm', 'email', 'end-other-sessions'],
    service: ['data-sets', 'os.datastore'],
    username: people.map(({ username }) => username),
    next: ['/auth/settings', 'https://app.example/x', 'https://evil.example/'],
    link: links,
    jwt: [userToken],
    limit: ['1', '100'],
    strict: ['1'],
  };
  const credentials = [
    ...repeated(PEOPLE, admin()),
    { Authorization: `Bearer ${userToken}` },
    ...people.slice(0, 3).map(({ token }) => ({ Authorization: `Bearer ${token}` })),
    ...repeated(PEOPLE / 3, await browser()),
    ...people.map((person) => person.browser),
  ];
  const { neverSucceeded } = await fuzzService({
    requests: 2_500,
    origin,
    parameters,
    anew: async () => ({
      parameters: { ...parameters, 'DELETE /auth/sessions/{id}#id': await newSessions(administrator.id) },
      credentials: [...credentials, ...repeated(PEOPLE / 3, await browser())],
    }),
    credentials,
    fields: {
      email: people.flatMap(({ email }) => [email, `new-${email}`]),
      password: [PASSWORD],
      link: [...links, ...emailLinks],
      force: [true],
      roles: [['user']],
      role: ['user', 'admin'],
      app: [null],
      grant_types: [['authorization_code']],
      permissions: [['user:read:any'], { write: true }],
      redirect_uris: [['https://app.example/callback']],
      scopes: [['profile'], ['service:data-sets']],
      type: ['package', 'user'],
      target: people.flatMap(({ id }) => [id, `ann:${id}`]),
      notification_ids: ['all'],
      read: [true],
      dismissed: [true],
      phrase: people.map(({ username }) => `wicked ${username}`),
      endpoint: people.map(({ id }) => `https://push.example/${id}`),
      keys: [PUSH_KEYS],
      until: [until.toISOString()],
    },
  });
  const shut = neverSucceeded.filter(
    (operation) => !UNREACHED.includes(operation) && !PAGES_OF_ADMINISTRATION.test(operation),
  );
  expect(shut).toEqual([]);
});
