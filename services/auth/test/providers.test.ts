import { serveHttp, type TestOAuthServer, type TestProvider } from '@flyloft/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createBrowser } from './browser.ts';
import { type Harness, openHarness } from './harness.ts';
import { goThrough, meOf, OLD_APP, openProviderPlace, type ProviderPlace } from './provider-place.ts';

let place: ProviderPlace;
let google: TestOAuthServer;
let github: TestOAuthServer;
let oidc: TestProvider;
let providers: ProviderPlace['providers'];
let harness: Harness;
let subject: number;

beforeAll(async () => {
  place = await openProviderPlace();
  ({ google, github, oidc, providers, harness } = place);
});
afterAll(() => place.close());
beforeEach(() => {
  subject = place.nextPerson();
});

describe('signing in with a provider', () => {
  it.each(['google', 'github', 'city'])(
    'makes an account at the first sign-in with %s and finds it at the next',
    async (name) => {
      oidc.setPerson({ name: 'City person', email: 'city@example.org', email_verified: true });
      const browser = createBrowser(harness.app);
      const { headers } = await goThrough(browser, name);
      expect(headers.location).toBe('/auth/settings');
      const me = await meOf(browser);
      expect(me.email_verified).toBe(name !== 'city');
      const again = createBrowser(harness.app);
      await goThrough(again, name);
      expect((await meOf(again)).uuid).toBe(me.uuid);
    },
  );

  it('older defect D10: a username stays through every later sign-in, and a name given by the provider never overwrites the own one', async () => {
    const browser = createBrowser(harness.app);
    await goThrough(browser, 'github');
    const { username } = await meOf(browser);
    expect(username).toBe(`ada${subject}`);
    github.setPerson(
      { body: { id: subject, login: 'renamed', name: 'Other' } },
      { body: [{ email: 'x@example.org', primary: true, verified: true }] },
    );
    for (let round = 0; round < 3; round += 1) {
      const again = createBrowser(harness.app);
      await goThrough(again, 'github');
      expect(await meOf(again)).toMatchObject({ username, name: null });
    }
  });

  it("D15: an e-mail address equal to somebody else's never links, verified or not, and does not take their idhash", async () => {
    const victim = createBrowser(harness.app);
    await goThrough(victim, 'google');
    const mine = await meOf(victim);
    for (const verified of [true, false]) {
      subject = place.nextPerson();
      github.setPerson(
        { body: { id: subject, login: 'attacker' } },
        { body: [{ email: mine.email, primary: true, verified }] },
      );
      const attacker = createBrowser(harness.app);
      await goThrough(attacker, 'github');
      const theirs = await meOf(attacker);
      expect(theirs.uuid).not.toBe(mine.uuid);
      expect(theirs.id).not.toBe(mine.id);
      google.setPerson({
        body: { sub: `attacker-${subject}`, email: mine.email, email_verified: verified },
      });
      const other = createBrowser(harness.app);
      await goThrough(other, 'google');
      expect([mine.uuid, theirs.uuid]).not.toContain((await meOf(other)).uuid);
    }
  });

  it("D15: a person keeps the account when the provider's e-mail address changes, and a recycled address finds nobody", async () => {
    const browser = createBrowser(harness.app);
    await goThrough(browser, 'google');
    const before = await meOf(browser);
    google.setPerson({ body: { sub: String(subject), email: 'moved@example.org', email_verified: true } });
    await goThrough(browser, 'google');
    expect(await meOf(browser)).toMatchObject({ uuid: before.uuid, id: before.id, email: before.email });
    google.setPerson({ body: { sub: `recycled-${subject}`, email: before.email, email_verified: true } });
    const other = createBrowser(harness.app);
    await goThrough(other, 'google');
    expect((await meOf(other)).uuid).not.toBe(before.uuid);
  });

  it('takes the best of several e-mail addresses, and does without any', async () => {
    github.setPerson(
      { body: { id: subject, login: 'many', name: null } },
      {
        body: [
          { email: 'a@x.example', primary: true, verified: false },
          { email: `b${subject}@x.example`, primary: false, verified: true },
        ],
      },
    );
    const browser = createBrowser(harness.app);
    await goThrough(browser, 'github');
    expect(await meOf(browser)).toMatchObject({ email: `b${subject}@x.example`, email_verified: true });
    google.setPerson({ body: { sub: `private-${subject}`, name: null } });
    const without = createBrowser(harness.app);
    await goThrough(without, 'google');
    expect(await meOf(without)).toMatchObject({ email: null, email_verified: false, name: null });
  });

  it('takes the picture, and the login or the address as username, numbered when somebody has it (auth.md 1.5)', async () => {
    const picture = 'https://pictures.example/ada.png';
    const signIn = async (name: string) => {
      const browser = createBrowser(harness.app);
      await goThrough(browser, name);
      return (await browser.get('/auth/check')).body.profile;
    };
    const login = `Grace-${subject}`;
    github.setPerson(
      { body: { id: subject, login, name: 'Grace', avatar_url: picture } },
      { body: [{ email: `g${subject}@x.example`, primary: true, verified: true }] },
    );
    expect(await signIn('github')).toMatchObject({
      username: login.toLowerCase(),
      name: 'Grace',
      avatar_url: picture,
      provider_id: `github:${subject}`,
    });
    for (const [number, sub] of ['first', 'second'].entries()) {
      const email = `${login}@${sub}.example`;
      google.setPerson({ body: { sub: `${sub}-${subject}`, email, picture } });
      expect(await signIn('google')).toMatchObject({
        username: `${login.toLowerCase()}${number + 1}`,
        avatar_url: picture,
        provider_id: `google:${sub}-${subject}`,
      });
    }
  });

  it.each([
    ['an error instead of a profile', () => google.setPerson({ status: 401, body: { error: 'x' } })],
    ['a profile that is null', () => google.setPerson({ body: 'null' })],
    ['a profile without an id', () => google.setPerson({ body: { name: 'Nobody' } })],
    ['something that is no JSON', () => google.setPerson({ body: '<html>' })],
    [
      'an endless profile',
      () => google.setPerson({ body: JSON.stringify({ sub: '1', name: 'x'.repeat(2_000_000) }) }),
    ],
    ['a token that is none', () => google.setToken({ body: 'null' })],
    ['a refusal of the code', () => google.setToken({ status: 400, body: { error: 'invalid_grant' } })],
  ])('502, and no session: %s', async (_what, prepare) => {
    prepare();
    const browser = createBrowser(harness.app);
    const answer = await goThrough(browser, 'google');
    expect([answer.status, answer.headers['content-type']]).toEqual([502, expect.stringContaining('html')]);
    expect(browser.cookies.has('flyloft_session')).toBe(false);
  });

  it.each([[{ message: 'no' }], [[null]], [[{ primary: true }]], ['x']])(
    'no 500 for an odd list of addresses: %j',
    async (emails) => {
      github.setPerson({ body: { id: subject, login: 'odd' } }, { body: emails });
      expect([302, 502]).toContain((await goThrough(createBrowser(harness.app), 'github')).status);
    },
  );

  it('D26: a provider that hangs is a 502 within five seconds', async () => {
    google.setPerson('never');
    const started = Date.now();
    expect((await goThrough(createBrowser(harness.app), 'google')).status).toBe(502);
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('D26: a picture is an address that is shown and never fetched, and nothing else than one', async () => {
    const fetched: unknown[] = [];
    const attacker = await serveHttp((req, res) => {
      fetched.push(req.url);
      res.end();
    });
    for (const picture of [`${attacker.origin}/a.png`, 'file:///etc/passwd', 'javascript:alert(1)', 7]) {
      google.setPerson({ body: { sub: `picture-${picture}-${subject}`, picture } });
      const browser = createBrowser(harness.app);
      await goThrough(browser, 'google');
      const isAddress = String(picture).startsWith('http');
      const { username, avatar_url: kept } = await meOf(browser);
      expect(kept).toBe(isAddress ? picture : null);
      await browser.get('/auth/settings');
      await request(harness.app).get('/auth/get_profile').query({ username }).expect(200);
    }
    await attacker.close();
    expect(fetched).toEqual([]);
  });

  it('leads back without anything when the person says no', async () => {
    google.setRefusing(true);
    const browser = createBrowser(harness.app);
    expect((await goThrough(browser, 'google', `${OLD_APP}/x`)).headers.location).toBe(`${OLD_APP}/x`);
    expect((await goThrough(browser, 'google')).headers.location).toBe('/auth/login?reason=refused');
    expect(browser.cookies.has('flyloft_session')).toBe(false);
  });

  it('403 where only those who have an account may come in', async () => {
    const closed = await openHarness({ signIn: { providers, providerRegistration: false } });
    const { status } = await goThrough(createBrowser(closed.app), 'google');
    await closed.close();
    expect(status).toBe(403);
  });

  it('404 for a provider that is not configured', async () => {
    await request(harness.app).get('/auth/nobody/start').expect(404);
  });
});
