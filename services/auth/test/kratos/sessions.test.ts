import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type KratosHarness, openKratosHarness } from './kratos-harness.ts';

let harness: KratosHarness;

beforeAll(async () => {
  harness = await openKratosHarness();
});

afterAll(() => harness.close());

beforeEach(() => {
  harness.stub.setFault(undefined);
  harness.stub.calls.length = 0;
});

let count = 0;
/** Somebody at Kratos with a session there. */
function somebody(own: { verified?: boolean; email?: string; aal?: string } = {}) {
  count += 1;
  const email = own.email ?? `person${count}@example.org`;
  const identity = harness.stub.add({
    traits: { email, name: { first: 'Ada', last: 'L.' } },
    verified: own.verified ?? true,
  });
  const session = harness.stub.signIn(identity, { authenticator_assurance_level: own.aal ?? 'aal1' });
  return { email, identity, session };
}

const withToken = (token: string, path = '/auth/me') =>
  request(harness.app).get(path).set('X-Session-Token', token);
const check = (browser: ReturnType<KratosHarness['browserWith']>) => browser.get('/auth/check');

describe('a session at Kratos', () => {
  it('signs its person in here by its cookie, who keeps the same account from then on', async () => {
    const { email, identity, session } = somebody();
    const first = await check(harness.browserWith(session));
    expect(first.body).toMatchObject({ authenticated: true, profile: { email, name: 'Ada L.' } });
    expect(first.body.profile.provider_id).toBe(`kratos:${identity.id}`);
    const again = await check(harness.browserWith(harness.stub.signIn(identity)));
    expect(again.body.profile.id).toBe(first.body.profile.id);
    const user = await harness.database.user.findUniqueOrThrow({ where: { id: first.body.profile.uuid } });
    expect(user.emailVerified).toBe(true);
  });

  it('shows Kratos its own cookies and none of ours', async () => {
    const { session } = somebody();
    const browser = harness.browserWith(session);
    await browser.get('/auth/settings');
    await browser.get('/auth/settings');
    const cookies = harness.stub.callsTo('whoami').map(({ cookie }) => cookie);
    expect(cookies).toHaveLength(2);
    expect(cookies.join()).not.toContain('flyloft_');
  });

  it('is not asked about for browsers without its cookie, nor for tokens of ours', async () => {
    await request(harness.app).get('/auth/check').expect(200);
    await harness.admin('get', '/auth/me').expect(200);
    expect(harness.stub.calls).toEqual([]);
  });

  it.each(['X-Session-Token', 'Authorization'])('signs programs in by its token in %s', async (header) => {
    const { email, session } = somebody();
    const value = header === 'Authorization' ? `Bearer ${session.secret}` : session.secret;
    const { body } = await request(harness.app).get('/auth/me').set(header, value).expect(200);
    expect(body.email).toBe(email);
  });

  it('gets service tokens, which die with it', async () => {
    const { session } = somebody();
    const { body } = await withToken(session.secret, '/auth/authorize?service=os.datastore').expect(200);
    expect(body.permissions).toEqual({ 'datapackage-upload': true });
    const [row] = await harness.database.kratosSession.findMany({ where: { kratosId: session.id } });
    const claims = JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url').toString());
    expect(claims.sid).toBe(row?.sessionId);
  });

  it('of two first requests at once makes one person and one session', async () => {
    const { session } = somebody();
    const answers = await Promise.all(Array.from({ length: 6 }, () => withToken(session.secret)));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await harness.database.kratosSession.count({ where: { kratosId: session.id } })).toBe(1);
    const [{ sessionId } = { sessionId: '' }] = await harness.database.kratosSession.findMany({
      where: { kratosId: session.id },
    });
    const { userId } = await harness.database.session.findUniqueOrThrow({ where: { id: sessionId } });
    expect(await harness.database.session.count({ where: { userId } })).toBe(1);
  });

  it('ends here when it ends there, is over, or its person is no longer active', async () => {
    const [ended, over, inactive] = [somebody(), somebody(), somebody()];
    for (const { session } of [ended, over, inactive]) await withToken(session.secret).expect(200);
    ended.session.active = false;
    over.session.expires_at = harness.clock.now.toISOString();
    inactive.identity.state = 'inactive';
    for (const { session } of [ended, over, inactive]) {
      expect((await withToken(session.secret)).body.code).toBe('token_invalid');
      expect((await check(harness.browserWith(session))).body.authenticated).toBe(false);
    }
  });

  it('is refused when it is unknown, is no token, or stands beside another one', async () => {
    const { session } = somebody();
    expect((await withToken('ory_st_unknown_0123456789')).status).toBe(401);
    expect((await withToken('a b')).status).toBe(401);
    const both = await withToken(session.secret).set('Authorization', `Bearer ${harness.adminToken}`);
    expect([both.status, both.body.code]).toEqual([400, 'conflicting_tokens']);
  });

  it('is fresh for what needs a fresh sign-in by when Kratos says that it was', async () => {
    const { identity } = somebody();
    const hourAgo = new Date(harness.clock.now.getTime() - 3_600_000).toISOString();
    const session = harness.stub.signIn(identity, { authenticated_at: hourAgo });
    const stale = await request(harness.app).delete('/auth/sessions').set('X-Session-Token', session.secret);
    expect([stale.status, stale.body.code]).toEqual([403, 'reauthentication_needed']);
    session.authenticated_at = harness.clock.now.toISOString();
    expect(
      (await request(harness.app).delete('/auth/sessions').set('X-Session-Token', session.secret)).status,
    ).toBe(200);
  });
});

describe('D15: whose account it is', () => {
  it('is said by the identity alone: the address of somebody here, verified or not, opens nothing of theirs', async () => {
    for (const verified of [true, false]) {
      const email = `victim-${verified}@example.org`;
      const { body: victim } = await harness.admin('post', '/admin/users', { email, roles: ['admin'] });
      const { session } = somebody({ email, verified });
      const { body } = await withToken(session.secret).expect(200);
      expect(body.uuid).not.toBe(victim.id);
      expect(body.idhash).not.toBe(victim.idhash);
      expect((await withToken(session.secret, '/admin/users')).status).toBe(403);
    }
  });

  it('an address that Kratos has not verified is not verified here', async () => {
    const { session, identity } = somebody({ verified: false });
    identity.verifiable_addresses.push({ value: 'other@example.org', verified: true, via: 'email' });
    const { body } = await withToken(session.secret).expect(200);
    const user = await harness.database.user.findUniqueOrThrow({
      where: { id: body.uuid },
      include: { roles: true },
    });
    expect([user.emailVerified, user.roles.map(({ role }) => role)]).toEqual([false, ['new user']]);
  });

  it('who is suspended is let in nowhere, and who was deleted does not come back', async () => {
    const [suspended, deleted] = [somebody(), somebody()];
    const until = new Date(harness.clock.now.getTime() + 3_600_000).toISOString();
    const ids = [];
    for (const { session } of [suspended, deleted]) ids.push((await withToken(session.secret)).body.uuid);
    await harness.admin('post', `/admin/users/${ids[0]}/suspension`, { until, reason: 'spam' });
    await harness.admin('delete', `/admin/users/${ids[1]}`).expect(204);
    for (const { identity } of [suspended, deleted]) {
      const session = harness.stub.signIn(identity);
      expect((await withToken(session.secret)).body.code).toBe('token_revoked');
      expect((await check(harness.browserWith(session))).body.authenticated).toBe(false);
    }
    expect(await harness.database.identity.count({ where: { subject: deleted.identity.id } })).toBe(0);
  });
});

describe('a second step', () => {
  it('that Kratos asks for is asked for: the session alone opens nothing', async () => {
    const { identity, session } = somebody();
    harness.stub.needSecondStep.add(identity.id);
    expect((await withToken(session.secret)).body.code).toBe('reauthentication_needed');
    expect((await check(harness.browserWith(session))).body.authenticated).toBe(false);
    session.authenticator_assurance_level = 'aal2';
    await withToken(session.secret).expect(200);
  });

  it('that somebody has set up here is not passed by through Kratos', async () => {
    const { session } = somebody();
    const { body } = await withToken(session.secret).expect(200);
    const factor = {
      userId: body.uuid,
      sealedSecret: new Uint8Array([1]),
      confirmedAt: new Date(),
      lastStep: 0,
    };
    await harness.database.secondFactor.create({ data: factor });
    expect((await withToken(session.secret)).body.code).toBe('reauthentication_needed');
    session.authenticator_assurance_level = 'aal2';
    await withToken(session.secret).expect(200);
  });
});

describe('while Kratos does not answer as it should', () => {
  it.each([
    ['with an error', { on: 'whoami', status: 500, body: '{"error":"at line 3"}' }],
    ['that it is asked too often', { on: 'whoami', status: 429, body: '{}' }],
    ['with HTML', { on: 'whoami', status: 200, body: '<h1>at line 3</h1>' }],
    ['with another JSON', { on: 'whoami', status: 200, body: '{"at":"line 3"}' }],
    ['null', { on: 'whoami', status: 200, body: 'null' }],
    ['without an end', { on: 'whoami', status: 200, body: `"${'x'.repeat(2_000_000)}"` }],
    ['nothing at all', { on: 'whoami', silence: true as const }],
  ])('(%s) nobody is a stranger and nobody is let in: 503 that says so', async (_name, fault) => {
    const { session } = somebody();
    await withToken(session.secret).expect(200);
    harness.stub.setFault(fault);
    const token = await withToken(session.secret);
    const page = await harness.browserWith(session).get('/auth/settings');
    const kept = await check(harness.browserWith(session));
    expect([token.status, page.status, kept.status]).toEqual([503, 503, 503]);
    expect(token.body.detail).toContain('Ory Kratos');
    expect(token.headers['retry-after']).toBe('5');
    expect(token.text + page.text + kept.text).not.toMatch(/line 3|Error:|\.ts/);
  });

  it('people with other ways in are not kept out', async () => {
    harness.stub.setFault({ on: '', silence: true });
    await harness.admin('get', '/admin/roles').expect(200);
  });
});
