import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createBrowser } from '../browser.ts';
import { consentPath, HOOK_KEY, type HydraHarness, openHydraHarness, type Person } from './hydra-harness.ts';

const SCOPES = ['openid', 'profile', 'email', 'roles'];
const TICKED = { 'scope.openid': 'on', 'scope.profile': 'on', 'scope.email': 'on', 'scope.roles': 'on' };

let harness: HydraHarness;
let ada: Person;

beforeAll(async () => {
  harness = await openHydraHarness();
  ada = await harness.person('ada@example.org');
  await harness.database.user.update({
    where: { id: ada.id },
    data: { emailVerified: true, avatarUrl: null },
  });
  harness.stub.clients.set('wiki', { client_id: 'wiki' });
});

afterAll(() => harness.close());

beforeEach(() => {
  harness.stub.calls.length = 0;
});

const changes = () => harness.stub.changes().map(({ path, body }) => [path.split('/requests/')[1], body]);
const accepted = () => harness.stub.changes().find(({ path }) => path.endsWith('consent/accept'))?.body;
const denied = ['consent/reject', expect.objectContaining({ error: 'access_denied' })];

function ask(request: Readonly<Record<string, unknown>> = {}): string {
  return consentPath(
    harness.stub.challenge('consent', { subject: ada.id, requested_scope: SCOPES, ...request }),
  );
}

describe('who is let in', () => {
  it('C1: when somebody else is signed in by now, it is rejected and written down', async () => {
    const browser = await harness.signedIn(await harness.person('eve@example.org'));
    expect((await browser.get(ask())).headers.location).toContain('consent_verifier=');
    expect(changes()).toEqual([denied]);
    const entry = await harness.database.auditEntry.findFirst({
      where: { action: 'hydra.consent-refused', target: ada.id },
    });
    expect(entry?.details).toEqual({ client: 'wiki', reason: 'another person' });
  });

  it('C1: a form of somebody else than the one who was asked is rejected', async () => {
    const browser = await harness.signedIn(await harness.person('mallory@example.org'));
    const own = await harness.signedIn(ada);
    const path = ask();
    await own.get(path);
    await browser.get('/auth/logout');
    const challenge = new URLSearchParams(path.split('?')[1]).get('consent_challenge') ?? '';
    const page = (await browser.get('/auth/logout')).text;
    const token = /name="csrf_token" value="([^"]+)"/.exec(page)?.[1] ?? '';
    await request(harness.app)
      .post('/hydra/consent')
      .set('Cookie', [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; '))
      .set('Sec-Fetch-Site', 'same-origin')
      .type('form')
      .send({ csrf_token: token, consent_challenge: challenge, decision: 'allow', ...TICKED })
      .expect(303);
    expect(changes()).toEqual([denied]);
  });

  it.each([
    ['a client whose operator trusts it', { client: { client_id: 'wiki', skip_consent: true } }],
    ['an answer that Hydra remembers', { skip: true }],
  ])('C2: %s needs no page', async (_name, own) => {
    expect((await createBrowser(harness.app).get(ask(own))).status).toBe(302);
    expect(accepted()).toMatchObject({ grant_scope: SCOPES, remember: false });
  });

  it('C3: without a role in the application, or with "no access", it is rejected', async () => {
    const closed = { slug: 'closed', name: 'Closed', url: 'https://closed.example' };
    await harness.admin('post', '/admin/apps', closed);
    const browser = await harness.signedIn(ada);
    await browser.get(ask({ client: { client_id: 'closed', skip_consent: true } }));
    await harness.admin('put', `/admin/apps/wiki/users/${ada.id}`, { role: 'no access' });
    await browser.get(ask());
    await harness.admin('put', `/admin/apps/wiki/users/${ada.id}`, { role: 'user' });
    expect(changes()).toEqual([denied, denied]);
  });

  it('C3: a client of no registered application is rejected, unless the operator allows it', async () => {
    const browser = await harness.signedIn(ada);
    const stranger = { client: { client_id: 'stranger', skip_consent: true } };
    await browser.get(ask(stranger));
    expect(changes()).toEqual([denied]);
    const open = await openHydraHarness({ allowUnknownApps: true });
    const bob = await open.person('bob@example.org');
    const request = { ...stranger, subject: bob.id, requested_scope: ['openid', 'roles'] };
    await (await open.signedIn(bob)).get(consentPath(open.stub.challenge('consent', request)));
    expect(open.stub.changes()[0]?.body).toMatchObject({ session: { id_token: { roles: [] } } });
    await open.close();
  });

  it('C3: metadata.app names the application of a client with another id', async () => {
    const client = { client_id: 'f3c1', metadata: { app: 'wiki' }, skip_consent: true };
    await (await harness.signedIn(ada)).get(ask({ client }));
    expect(accepted()).toMatchObject({ session: { id_token: { roles: ['user'] } } });
  });

  it('asks who has no session here to sign in first, and comes back to the same question', async () => {
    const browser = createBrowser(harness.app);
    const { headers } = await browser.get(ask());
    expect(headers.location).toMatch(/^\/auth\/login\?next=%2Fhydra%2Fconsent%3Fresume%3D[\w-]{43}$/);
    await browser.get(headers.location ?? '');
    const back = await browser.submit('/auth/login', { email: ada.email, password: 'correct horse battery' });
    expect((await browser.get(back.headers.location ?? '')).text).toContain('Let The wiki in?');
  });
});

describe('what is granted', () => {
  it('C4: a scope that was not asked for is 400, and nothing is granted', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask({ requested_scope: ['openid'] }));
    const fields = { decision: 'allow', 'scope.openid': 'on', 'scope.admin': 'on' };
    expect((await browser.submit('/hydra/consent', fields)).status).toBe(400);
    expect(changes()).toEqual([]);
  });

  it('C5: the audience comes from the request alone', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask({ requested_access_token_audience: ['https://api.example'] }));
    const fields = { ...TICKED, decision: 'allow', grant_access_token_audience: 'https://evil.example' };
    await browser.submit('/hydra/consent', fields);
    expect(accepted()).toMatchObject({ grant_access_token_audience: ['https://api.example'] });
  });

  it.each([
    [['openid'], {}],
    [['openid', 'profile'], { name: 'Ada', preferred_username: expect.any(String) }],
    [['openid', 'email'], { email: 'ada@example.org', email_verified: true }],
    [['openid', 'roles'], { roles: ['user'] }],
  ])('C6: %j tells no more than that', async (scopes, claims) => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask());
    const ticked = Object.fromEntries(scopes.map((scope) => [`scope.${scope}`, 'on']));
    await browser.submit('/hydra/consent', { ...ticked, decision: 'allow' });
    const inToken = scopes.includes('roles') ? { roles: ['user'] } : {};
    expect(accepted()).toMatchObject({ grant_scope: scopes });
    expect(accepted()?.session).toEqual({ access_token: inToken, id_token: claims });
  });

  it.each([
    ['all of it', {}],
    ['being signed in', { 'scope.profile': 'on', 'scope.email': 'on' }],
  ])('C7: who lets go of %s rejects', async (_name, ticked) => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask());
    await browser.submit('/hydra/consent', { ...ticked, decision: 'allow' });
    expect(changes()).toEqual([denied]);
  });

  it('C7: who says no rejects, whatever is ticked', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask());
    await browser.submit('/hydra/consent', { ...TICKED, decision: 'deny' });
    expect(changes()).toEqual([denied]);
  });

  it('C8: it is remembered when that is ticked, for 30 days', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask());
    await browser.submit('/hydra/consent', { ...TICKED, decision: 'allow', remember: 'on' });
    expect(accepted()).toMatchObject({ remember: true, remember_for: 2_592_000 });
  });

  it('C9: a form without its token is 403, and nothing is granted', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask());
    const { status } = await browser.submit('/hydra/consent', {
      ...TICKED,
      decision: 'allow',
      csrf_token: '',
    });
    expect(status).toBe(403);
    expect(changes()).toEqual([]);
  });

  it('grants once: a form that is sent twice begins again at Hydra', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask());
    const send = () => browser.submit('/hydra/consent', { ...TICKED, decision: 'allow' });
    const answers = await Promise.all([send(), send()]);
    expect(answers.map(({ headers }) => headers.location?.includes('consent_verifier=')).sort()).toEqual([
      false,
      true,
    ]);
    expect(changes()).toHaveLength(1);
  });

  it('shows names of scopes and applications as text', async () => {
    const browser = await harness.signedIn(ada);
    const client = { client_id: 'wiki', client_name: '<script>1</script>' };
    const { text } = await browser.get(ask({ client, requested_scope: ['"><b>x'] }));
    expect(text).not.toMatch(/<script>|<b>x/);
  });
});

describe('the token hook', () => {
  const hook = (body: object, key = HOOK_KEY) =>
    request(harness.app).post('/hydra/token-hook').set('Authorization', `Bearer ${key}`).send(body);
  const about = (subject: string, grant = 'refresh_token') => ({
    session: { id_token: { subject, id_token_claims: { sub: subject } }, extra: {} },
    request: { client_id: 'wiki', granted_scopes: SCOPES, granted_audience: [], grant_types: [grant] },
  });

  it('C10: tells what the person is now, so that a role that was taken is in no new token', async () => {
    await harness.admin('put', `/admin/apps/wiki/users/${ada.id}`, { role: 'admin' });
    const before = await hook(about(ada.id)).expect(200);
    await harness.admin('put', `/admin/apps/wiki/users/${ada.id}`, { role: 'user' });
    const after = await hook(about(ada.id)).expect(200);
    const roles = [before, after].map(({ body }) => body.session.id_token.roles);
    expect(roles).toEqual([['admin'], ['user']]);
    expect(after.body.session.id_token).toMatchObject({ name: 'Ada', email: 'ada@example.org' });
  });

  it('C10: 403 for who lost the access, and for who is shut out', async () => {
    await harness.admin('put', `/admin/apps/wiki/users/${ada.id}`, { role: 'no access' });
    await hook(about(ada.id)).expect(403);
    await harness.admin('put', `/admin/apps/wiki/users/${ada.id}`, { role: 'user' });
    await hook(about(crypto.randomUUID())).expect(403);
    await hook(about('')).expect(403);
  });

  it('C10: at the exchange of a code, where Hydra names no scopes, what consent gave stands, and only for who may enter', async () => {
    const exchange = (subject: string) => {
      const { session, request } = about(subject, 'authorization_code');
      return { session, request: { ...request, granted_scopes: [] } };
    };
    await hook(exchange(ada.id)).expect(204);
    await hook(exchange(crypto.randomUUID())).expect(403);
  });

  it('C10: the older refresh hook has the subject beside the session', async () => {
    const { request: requester } = about(ada.id);
    const { body } = await hook({ subject: ada.id, session: {}, requester }).expect(200);
    expect(body.session.access_token).toEqual({ roles: ['user'] });
  });

  it('204: tokens of no person stay as they are', async () => {
    await hook(about('', 'client_credentials')).expect(204);
  });

  it('401: for who does not show the key', async () => {
    await hook(about(ada.id), 'another').expect(401);
    await request(harness.app).post('/hydra/token-hook').send(about(ada.id)).expect(401);
  });

  it('400: for what is no hook of Hydra', async () => {
    await hook({ session: {} }).expect(400);
  });
});
