import { expect } from '@jest/globals';
import request from 'supertest';
import type { Letter } from '../src/mail/mailer.ts';
import { createBrowser, type TestBrowser } from './browser.ts';
import { type Harness, openHarness } from './harness.ts';

export const PASSWORD = 'correct horse battery';

export interface AccountPlace {
  readonly harness: Harness;
  /** The letters that were sent. */
  readonly mail: Letter[];
  /** The clock as it was at the beginning. */
  readonly start: Date;
}

/** Auth in which people have passwords and may make accounts. */
export async function openAccountPlace(): Promise<AccountPlace> {
  const mail: Letter[] = [];
  const harness = await openHarness({
    signIn: {
      selfRegistration: true,
      sendMail: async (letter) => void mail.push(letter),
      allowedNextOrigins: new Set(['https://app.example']),
    },
  });
  return { harness, mail, start: harness.clock.now };
}

/** What people with passwords do there. */
export function peopleOf(place: () => AccountPlace) {
  let number = 0;

  async function newPerson(
    password: string | undefined = PASSWORD,
  ): Promise<{ id: string; email: string; recovery: string }> {
    number += 1;
    const email = `person${number}@example.org`;
    const { body } = await request(place().harness.app)
      .post('/admin/users')
      .set('Authorization', `Bearer ${place().harness.adminToken}`)
      .send({ email, ...(password ? { password } : {}) })
      .expect(201);
    return { id: body.id, email, recovery: body.recovery_url };
  }

  async function signIn(browser: TestBrowser, email: string, password = PASSWORD, next?: string) {
    await browser.get(`/auth/login?reason=again${next ? `&next=${encodeURIComponent(next)}` : ''}`);
    return browser.submit('/auth/login', { email, password });
  }

  async function signedIn(): Promise<{ browser: TestBrowser; id: string; email: string }> {
    const { id, email } = await newPerson();
    const browser = createBrowser(place().harness.app);
    expect((await signIn(browser, email)).status).toBe(303);
    return { browser, id, email };
  }

  const later = (minutes: number) => {
    place().harness.clock.now = new Date(place().harness.clock.now.getTime() + minutes * 60_000);
  };
  const linkIn = (letter: Letter | undefined) =>
    /https?:\S+/g.exec(letter?.text.split('\n').find((line) => line.startsWith('http')) ?? '')?.[0] ?? '';

  return { newPerson, signIn, signedIn, later, linkIn };
}
