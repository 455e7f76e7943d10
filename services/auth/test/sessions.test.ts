import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type AccountPlace, openAccountPlace, peopleOf } from './account-place.ts';
import { createBrowser } from './browser.ts';
import type { Harness } from './harness.ts';

let place: AccountPlace;
let harness: Harness;
const { newPerson, signIn, signedIn, later } = peopleOf(() => place);

beforeAll(async () => {
  place = await openAccountPlace();
  ({ harness } = place);
});
afterAll(() => harness.close());
afterEach(() => {
  harness.clock.now = place.start;
});

describe('sessions', () => {
  it('D16: a new sign-in has a new cookie, the old one is dead, and a cookie that was set before is never taken', async () => {
    const { email } = await newPerson();
    const browser = createBrowser(harness.app);
    browser.cookies.set('flyloft_session', 'chosen-by-an-attacker');
    await signIn(browser, email);
    const first = browser.cookies.get('flyloft_session') ?? '';
    expect(first).toMatch(/^[\w-]{43}$/);
    await signIn(browser, email);
    expect(browser.cookies.get('flyloft_session')).not.toBe(first);
    const check = (cookie: string) =>
      request(harness.app).get('/auth/check').set('Cookie', `flyloft_session=${cookie}`);
    expect((await check(first)).body.authenticated).toBe(false);
    expect((await check(browser.cookies.get('flyloft_session') ?? '')).body.authenticated).toBe(true);
  });

  it('D16: a session ends after twelve hours unused, and after fourteen days in any case', async () => {
    const idle = await signedIn();
    const busy = await signedIn();
    const status = async ({ browser }: typeof idle) => (await browser.get('/auth/settings')).status;
    later(11 * 60);
    expect([await status(idle), await status(busy)]).toEqual([200, 200]);
    later(11 * 60);
    expect(await status(busy)).toBe(200);
    later(2 * 60);
    expect([await status(idle), await status(busy)]).toEqual([302, 200]);
    for (let hours = 24; hours < 14 * 24 - 8; hours += 8) {
      later(8 * 60);
      expect(await status(busy)).toBe(200);
    }
    later(8 * 60);
    expect(await status(busy)).toBe(302);
  });

  it('D17: signing out is a form; GET ends nothing; afterwards cookie and user token are dead', async () => {
    const { browser, id } = await signedIn();
    const cookie = browser.cookies.get('flyloft_session') ?? '';
    const { id: sid } = await harness.database.session.findFirstOrThrow({
      where: { userId: id, revokedAt: null },
    });
    expect((await browser.get('/auth/logout')).text).toContain('action="/auth/logout"');
    const check = () => request(harness.app).get('/auth/check').set('Cookie', `flyloft_session=${cookie}`);
    expect((await check()).body.authenticated).toBe(true);
    expect((await browser.submit('/auth/logout', {})).headers.location).toBe('/auth/login?reason=signed-out');
    expect((await check()).body.authenticated).toBe(false);
    expect(
      (await harness.database.session.findUniqueOrThrow({ where: { id: sid } })).revokedAt,
    ).not.toBeNull();
  });

  it('D17: the settings list sessions and end one or all others, of the own person alone, after a fresh sign-in', async () => {
    const { browser, id, email } = await signedIn();
    const second = createBrowser(harness.app);
    await signIn(second, email);
    const stranger = await signedIn();
    const { id: foreign } = await harness.database.session.findFirstOrThrow({
      where: { userId: stranger.id },
    });
    await browser.get('/auth/settings');
    await browser.submit('/auth/settings/end-session', { session: foreign });
    expect(
      (await harness.database.session.findUniqueOrThrow({ where: { id: foreign } })).revokedAt,
    ).toBeNull();
    await browser.get('/auth/settings');
    await browser.submit('/auth/settings/end-session', {});
    expect((await second.get('/auth/settings')).status).toBe(302);
    later(20);
    await browser.get('/auth/settings');
    const { headers } = await browser.submit('/auth/settings/password', { password: 'another password' });
    expect(headers.location).toBe('/auth/login?reason=again&next=/auth/settings');
    expect(await harness.database.session.count({ where: { userId: id, revokedAt: null } })).toBe(1);
  });
});
