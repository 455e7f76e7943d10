import { createLogger } from '@flyloft/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createHydraClient } from '../../src/hydra/hydra-client.ts';
import { forgetRevocations, tellHydra } from '../../src/postgres/hydra-revocations.ts';
import type { TestBrowser } from '../browser.ts';
import { openHarness } from '../harness.ts';
import { type HydraHarness, logoutPath, openHydraHarness, type Person } from './hydra-harness.ts';

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

const changes = () => harness.stub.changes().map(({ path }) => path.split('/requests/')[1]);
const isSignedIn = async (browser: TestBrowser) =>
  (await browser.get('/auth/logout')).text.includes('You are signed in as');
const ask = (own: Readonly<Record<string, unknown>> = {}) =>
  logoutPath(harness.stub.challenge('logout', { subject: ada.id, rp_initiated: true, ...own }));
const trusted = { client: { client_id: 'wiki', skip_logout_consent: true } };

describe('signing out by Hydra', () => {
  it.each([
    ['an application that is not trusted to', {}],
    ['nobody in particular', { rp_initiated: false, client: null }],
    ['a trusted application that proves nothing', { ...trusted, rp_initiated: false }],
  ])('O1, O5: when %s asks, an address shows a question and ends nothing', async (_name, own) => {
    const browser = await harness.signedIn(ada);
    const { status, text } = await browser.get(ask(own));
    expect(status).toBe(200);
    expect(text).toContain('Stay signed in');
    expect(changes()).toEqual([]);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('O1: a trusted application that shows whose sign-in it is is not asked about', async () => {
    const browser = await harness.signedIn(ada);
    expect((await browser.get(ask(trusted))).headers.location).toContain('logout_verifier=');
    expect(await isSignedIn(browser)).toBe(false);
  });

  it("O1: and ends nobody else's session", async () => {
    const browser = await harness.signedIn(await harness.person('eve@example.org'));
    expect((await browser.get(ask(trusted))).status).toBe(302);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('O2: who says yes is signed out here before the browser goes on', async () => {
    const browser = await harness.signedIn(ada);
    const { cookies } = browser;
    const session = cookies.get('flyloft_session') ?? '';
    await browser.get(ask());
    const { status, headers } = await browser.submit('/hydra/logout', { decision: 'accept' });
    expect([status, headers.location]).toEqual([303, expect.stringContaining('logout_verifier=')]);
    expect(cookies.has('flyloft_session')).toBe(false);
    cookies.set('flyloft_session', session);
    expect(await isSignedIn(browser)).toBe(false);
  });

  it('O2: when Hydra does not take it, nothing has ended and it can be sent again', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask());
    harness.stub.setFault({ on: 'logout/accept', status: 500 });
    const page = ask();
    await browser.get(page);
    expect((await browser.submit('/hydra/logout', { decision: 'accept' })).status).toBe(502);
    expect(await isSignedIn(browser)).toBe(true);
    harness.stub.setFault(undefined);
    await browser.get(page);
    expect((await browser.submit('/hydra/logout', { decision: 'accept' })).status).toBe(303);
  });

  it('O3: who says no goes to a fixed page, still signed in', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask());
    const { status, headers } = await browser.submit('/hydra/logout', { decision: 'reject' });
    expect([status, headers.location]).toEqual([303, '/auth/settings']);
    expect(changes()).toEqual(['logout/reject']);
    expect(await isSignedIn(browser)).toBe(true);
  });

  it('O4: an unknown challenge is 404, none at all is 400', async () => {
    const browser = await harness.signedIn(ada);
    expect((await browser.get(logoutPath('unknown'))).status).toBe(404);
    expect((await browser.get('/hydra/logout')).status).toBe(400);
  });

  it('O5: a form from another site ends nothing', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get(ask());
    const sent = await browser.submit(
      '/hydra/logout',
      { decision: 'accept' },
      { 'Sec-Fetch-Site': 'cross-site' },
    );
    expect(sent.status).toBe(403);
    expect(changes()).toEqual([]);
    expect(await isSignedIn(browser)).toBe(true);
  });
});

describe('who is shut out', () => {
  const logger = createLogger('auth', 'silent');
  const tell = () =>
    tellHydra(harness.database, createHydraClient({ adminUrl: harness.stub.adminUrl }), logger);
  const ended = () =>
    harness.stub
      .changes()
      .map(({ method, path, query }) => `${method} ${path.split('/sessions/')[1]}?${query}`);
  const both = (id: string) => [`DELETE login?subject=${id}`, `DELETE consent?subject=${id}&all=true`];

  beforeEach(async () => {
    await harness.database.hydraRevocation.deleteMany();
  });

  it.each([
    [
      'is suspended',
      ({ id }: Person) => {
        const until = new Date(Date.now() + 3_600_000).toISOString();
        return harness.admin('post', `/admin/users/${id}/suspension`, { until, reason: 'spam' });
      },
    ],
    ['is deleted', ({ id }: Person) => harness.database.user.delete({ where: { id } })],
    [
      'had all sessions ended',
      ({ id }: Person) => harness.stores.sessions.revokeOthers(id, undefined, new Date(), { actor: null }),
    ],
  ])('O6: who %s loses sign-ins and consents at Hydra', async (name, shutOut) => {
    const person = await harness.person(`${name.replaceAll(' ', '-')}@example.org`);
    harness.stub.calls.length = 0;
    await shutOut(person);
    expect(await tell()).toBe(1);
    expect(ended()).toEqual(both(person.id));
    expect(await tell()).toBe(0);
  });

  it('O6: while Hydra is away it is asked again, later and later', async () => {
    const { id } = await harness.person('zoe@example.org');
    await harness.stores.sessions.revokeOthers(id, undefined, new Date(), { actor: null });
    harness.stub.setFault({ on: 'DELETE', status: 500 });
    expect([await tell(), await tell()]).toEqual([1, 0]);
    harness.stub.setFault(undefined);
    await harness.database.hydraRevocation.updateMany({ data: { dueAt: new Date(0) } });
    harness.stub.calls.length = 0;
    expect(await tell()).toBe(1);
    expect(ended()).toEqual(both(id));
    expect(await harness.database.hydraRevocation.count()).toBe(0);
  });

  it('O6: who ends one session, or all others, keeps the applications', async () => {
    const browser = await harness.signedIn(ada);
    await browser.get('/auth/logout');
    await browser.submit('/auth/logout', {});
    await harness.stores.sessions.revokeOthers(ada.id, crypto.randomUUID(), new Date(), { actor: null });
    expect(await tell()).toBe(0);
  });

  it('what nobody is there to be told of goes after a day', async () => {
    const data = [{ subject: crypto.randomUUID(), createdAt: new Date(0) }, { subject: crypto.randomUUID() }];
    await harness.database.hydraRevocation.createMany({ data });
    await forgetRevocations(harness.database);
    expect(await harness.database.hydraRevocation.count()).toBe(1);
  });
});

it('404: without Hydra none of its pages is there', async () => {
  const plain = await openHarness();
  for (const page of ['login', 'consent', 'logout']) {
    await request(plain.app).get(`/hydra/${page}?${page}_challenge=a`).expect(404);
  }
  await request(plain.app).post('/hydra/token-hook').expect(404);
  await plain.close();
});
