import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { hashOfChallenge } from '../../src/hydra/challenge.ts';
import { createBrowser } from '../browser.ts';
import { type HydraHarness, loginPath, openHydraHarness, PASSWORD, type Person } from './hydra-harness.ts';

let harness: HydraHarness;
let ada: Person;

beforeAll(async () => {
  harness = await openHydraHarness();
  ada = await harness.person('ada@example.org');
});

afterAll(() => harness.close());

beforeEach(() => {
  harness.stub.setFault(undefined);
  harness.stub.calls.length = 0;
});

const changes = () => harness.stub.changes().map(({ path, body }) => [path.split('/requests/')[1], body]);

describe('the challenge', () => {
  it.each([
    ['none', '/hydra/login'],
    ['an empty one', '/hydra/login?login_challenge='],
    ['two', '/hydra/login?login_challenge=a&login_challenge=b'],
    ['one with a line end', '/hydra/login?login_challenge=a%0d%0a'],
    ['one that is too long', `/hydra/login?login_challenge=${'a'.repeat(8_193)}`],
  ])('L1: %s is a page with 400, and Hydra is not asked', async (_name, path) => {
    const { status, type } = await createBrowser(harness.app).get(path);
    expect([status, type]).toEqual([400, 'text/html']);
    expect(harness.stub.calls).toEqual([]);
  });

  it('L2: one that Hydra does not know is our page with 404, and leads nowhere', async () => {
    const { status, type, headers } = await createBrowser(harness.app).get(loginPath('unknown'));
    expect([status, type, headers.location]).toEqual([404, 'text/html', undefined]);
  });

  it('L3: a used one leads to where Hydra says, when that is Hydra, and nowhere else', async () => {
    const at = `${harness.stub.publicUrl}/oauth2/auth?client_id=wiki`;
    harness.stub.setFault({ on: 'GET', status: 410, body: JSON.stringify({ redirect_to: at }) });
    const first = await createBrowser(harness.app).get(loginPath('used'));
    expect([first.status, first.headers.location]).toEqual([302, at]);
    for (const elsewhere of [
      'https://evil.example/',
      `${harness.stub.publicUrl.replace('127', 'evil@126')}/`,
    ]) {
      harness.stub.setFault({ on: 'GET', status: 410, body: JSON.stringify({ redirect_to: elsewhere }) });
      const { status, headers } = await createBrowser(harness.app).get(loginPath('used'));
      expect([status, headers.location]).toEqual([410, undefined]);
    }
  });

  it('L4: an expired one is a page that says to begin again', async () => {
    harness.stub.setFault({ on: 'GET', status: 401, body: '{"error":"request_unauthorized"}' });
    const { status, text } = await createBrowser(harness.app).get(loginPath('old'));
    expect(status).toBe(410);
    expect(text).toContain('The sign-in has expired');
  });

  it.each([
    ['an error', { on: 'GET', status: 500, body: '{"error":"at line 3"}' }],
    ['HTML', { on: 'GET', status: 200, body: '<h1>at line 3</h1>' }],
    ['another JSON', { on: 'GET', status: 200, body: '{"at":"line 3"}' }],
    ['null', { on: 'GET', status: 200, body: 'null' }],
    ['HTML for a used one', { on: 'GET', status: 410, body: '<h1>at line 3</h1>' }],
    ['nothing at all', { on: 'GET', silence: true as const }],
  ])(
    'L5: when Hydra answers %s, it is a page with 502 that tells nothing of the inside',
    async (_name, fault) => {
      harness.stub.setFault(fault);
      const { status, type, text } = await createBrowser(harness.app).get(loginPath('any'));
      expect([status, type]).toEqual([502, 'text/html']);
      expect(text).not.toMatch(/line 3|Error:|\.ts/);
    },
  );
});

describe('who is known already', () => {
  it('L6: skip accepts the same subject without a page, and asks for no remembering', async () => {
    const challenge = harness.stub.challenge('login', { skip: true, subject: ada.id });
    const { status, headers } = await createBrowser(harness.app).get(loginPath(challenge));
    expect(status).toBe(302);
    expect(headers.location).toContain(`${harness.stub.publicUrl}/oauth2/auth?`);
    expect(changes()).toEqual([['login/accept', { subject: ada.id }]]);
  });

  it('L6: skip rejects who is suspended, deleted or unknown', async () => {
    const eve = await harness.person('eve@example.org');
    const until = new Date(harness.clock.now.getTime() + 3_600_000).toISOString();
    await harness.admin('post', `/admin/users/${eve.id}/suspension`, { until, reason: 'spam' });
    for (const subject of [eve.id, crypto.randomUUID(), 'not a uuid']) {
      const challenge = harness.stub.challenge('login', { skip: true, subject });
      await createBrowser(harness.app).get(loginPath(challenge));
    }
    expect(changes()).toEqual(
      Array(3).fill(['login/reject', expect.objectContaining({ error: 'access_denied', status_code: 403 })]),
    );
  });

  it('L7: a session is accepted with its own person, remembered for no longer than a session lies unused', async () => {
    const browser = await harness.signedIn(ada);
    expect((await browser.get(loginPath(harness.stub.challenge('login')))).status).toBe(302);
    expect(changes()).toEqual([['login/accept', { subject: ada.id, remember: true, remember_for: 43_200 }]]);
  });

  it.each(['prompt=login', 'prompt=select_account+consent', 'max_age=30', 'max_age=0', 'max_age=soon'])(
    'L7: %s wants a fresh sign-in, which is then accepted',
    async (wish) => {
      const url = `${harness.stub.publicUrl}/oauth2/auth?client_id=wiki&${wish}`;
      const challenge = harness.stub.challenge('login', { request_url: url });
      const browser = await harness.signedIn(ada, 60);
      expect((await browser.get(loginPath(challenge))).status).toBe(200);
      expect(changes()).toEqual([]);
      const back = await browser.submit('/hydra/login', { email: ada.email, password: PASSWORD });
      await browser.get(back.headers.location ?? '');
      expect(changes()).toEqual([['login/accept', expect.objectContaining({ subject: ada.id })]]);
    },
  );

  it('L7: a session that is young enough for max_age is accepted', async () => {
    const url = `${harness.stub.publicUrl}/oauth2/auth?max_age=3600`;
    const browser = await harness.signedIn(ada, 60);
    await browser.get(loginPath(harness.stub.challenge('login', { request_url: url })));
    expect(changes()).toHaveLength(1);
  });
});

describe('who has to sign in', () => {
  it('L8: gets the page, and the challenge is in no cookie and no address of ours', async () => {
    const browser = createBrowser(harness.app);
    const challenge = harness.stub.challenge('login', { oidc_context: { login_hint: 'ada@example.org' } });
    const { status, text } = await browser.get(loginPath(challenge));
    expect(status).toBe(200);
    expect(text).toContain('Sign in to The wiki');
    expect(text).toContain('value="ada@example.org"');
    expect(text).not.toContain(challenge);
    const back = await browser.submit('/hydra/login', { email: ada.email, password: PASSWORD });
    expect(back.headers.location).toMatch(/^\/hydra\/login\?resume=[\w-]{43}$/);
    const { headers } = await browser.get(back.headers.location ?? '');
    expect(headers.location).toContain('login_verifier=');
    expect([...browser.cookies.values()].join()).not.toContain(challenge);
  });

  it('L8: what names the challenge is of use in this browser alone', async () => {
    const browser = createBrowser(harness.app);
    await browser.get(loginPath(harness.stub.challenge('login')));
    const back = await browser.submit('/hydra/login', { email: ada.email, password: PASSWORD });
    const other = await harness.signedIn(ada);
    expect((await other.get(back.headers.location ?? '')).status).toBe(410);
    expect(changes()).toEqual([]);
  });

  it('L9: a form without its token, or from elsewhere, is 403 and Hydra is told nothing', async () => {
    const browser = createBrowser(harness.app);
    await browser.get(loginPath(harness.stub.challenge('login')));
    const fields = { email: ada.email, password: PASSWORD };
    const bare = await request(harness.app)
      .post('/hydra/login')
      .type('form')
      .send({ ...fields, resume: 'x' });
    const forged = await browser.submit('/hydra/login', { ...fields, csrf_token: 'x' });
    expect([bare.status, forged.status]).toEqual([403, 403]);
    expect(changes()).toEqual([]);
  });

  it('L9: a form from another site is 403', async () => {
    const browser = createBrowser(harness.app);
    await browser.get(loginPath(harness.stub.challenge('login')));
    const answer = await browser.submit(
      '/hydra/login',
      { decision: 'deny' },
      { 'Sec-Fetch-Site': 'cross-site' },
    );
    expect(answer.status).toBe(403);
    expect(changes()).toEqual([]);
  });

  it('L10: who says no sends access_denied to the application', async () => {
    const browser = createBrowser(harness.app);
    await browser.get(loginPath(harness.stub.challenge('login')));
    const { status, headers } = await browser.submit('/hydra/login', { decision: 'deny' });
    expect(status).toBe(303);
    expect(headers.location).toContain('login_verifier=');
    expect(changes()).toEqual([['login/reject', expect.objectContaining({ error: 'access_denied' })]]);
  });

  it('L11: a wrong password is 401 on the same page, counts, and the challenge is still good', async () => {
    const browser = createBrowser(harness.app);
    const carol = await harness.person('carol@example.org');
    await browser.get(loginPath(harness.stub.challenge('login')));
    const wrong = await browser.submit('/hydra/login', { email: carol.email, password: 'wrong' });
    expect(wrong.status).toBe(401);
    expect(wrong.text).toContain('Sign in to The wiki');
    const back = await browser.submit('/hydra/login', { email: carol.email, password: PASSWORD });
    expect((await browser.get(back.headers.location ?? '')).headers.location).toContain('login_verifier=');
    const another = createBrowser(harness.app);
    await another.get(loginPath(harness.stub.challenge('login')));
    const statuses = [];
    for (let attempt = 0; attempt < 11; attempt += 1) {
      statuses.push((await another.submit('/hydra/login', { email: carol.email, password: 'wrong' })).status);
    }
    expect([statuses[8], statuses.at(-1)]).toEqual([401, 429]);
  });

  it('L12: of two answers at once Hydra gets one, and the other begins again at Hydra', async () => {
    const challenge = harness.stub.challenge('login');
    const browsers = await Promise.all([harness.signedIn(ada), harness.signedIn(ada)]);
    const answers = await Promise.all(browsers.map((browser) => browser.get(loginPath(challenge))));
    const onward = answers.map(({ headers }) => headers.location?.includes('login_verifier='));
    expect(onward.sort()).toEqual([false, true]);
    expect(changes()).toHaveLength(1);
    const again = await browsers[0]?.get(loginPath(challenge));
    expect(again?.headers.location).toBe(`${harness.stub.publicUrl}/oauth2/auth?client_id=wiki&state=abc`);
  });

  it('L12: a finished challenge stays finished when its last letter is written in another way', () => {
    const base = 'a'.repeat(65);
    expect(hashOfChallenge(`${base}A`)).toEqual(hashOfChallenge(`${base}B`));
    expect(hashOfChallenge('challenge-1')).not.toEqual(hashOfChallenge('challenge-2'));
  });

  it('a challenge that Hydra did not take is not used up', async () => {
    const challenge = harness.stub.challenge('login');
    const browser = await harness.signedIn(ada);
    harness.stub.setFault({ on: 'login/accept', status: 500 });
    expect((await browser.get(loginPath(challenge))).status).toBe(502);
    harness.stub.setFault(undefined);
    expect((await browser.get(loginPath(challenge))).headers.location).toContain('login_verifier=');
  });
});
