import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashPassword, passwordMatches } from '../src/users/password.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

let harness: Harness;
const server = createServer();
let url: string;

beforeAll(async () => {
  harness = await openHarness();
  server.on('request', harness.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await harness.close();
});

/** Starts all of them; tells when the first and the last is done. */
function start(works: readonly (() => Promise<unknown>)[]) {
  const state = { done: 0 };
  const all = works.map(async (work) => {
    await work();
    state.done += 1;
  });
  return { state, all: Promise.all(all) };
}

describe('hashing passwords', () => {
  it('is argon2id, and lets the event loop turn before the first hash is there', async () => {
    const { state, all } = start(
      Array.from({ length: 4 }, () => () => hashPassword('correct horse battery')),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(state.done).toBe(0);
    await all;
    expect(await hashPassword('x'.repeat(10))).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/);
  });

  it('D20: takes the way through the thread pool for accounts that do not exist, too', async () => {
    const { state, all } = start(
      Array.from({ length: 4 }, () => () => passwordMatches('whatever', undefined)),
    );
    await new Promise((resolve) => setImmediate(resolve));
    expect(state.done).toBe(0);
    await all;
  });

  it('D26: answers other requests while people wait for their passwords, before the last of them is served', async () => {
    const signIn = async (person: number) => {
      const page = await fetch(`${url}/auth/login`);
      const cookie = page.headers.getSetCookie().map((line) => line.split(';')[0]);
      const [, token = ''] = /name="csrf_token" value="([^"]+)"/.exec(await page.text()) ?? [];
      return () =>
        fetch(`${url}/auth/login`, {
          method: 'POST',
          redirect: 'manual',
          headers: { Cookie: cookie.join('; '), Origin: ORIGIN, 'Sec-Fetch-Site': 'same-origin' },
          body: new URLSearchParams({
            ...{ csrf_token: token, email: `${person}@example.org`, password: 'a wrong password' },
          }),
        }).then(({ status }) => expect(status).toBe(401));
    };
    const people = await Promise.all(Array.from({ length: 12 }, (_, person) => signIn(person)));
    const { state, all } = start(people);
    for (let request = 0; request < 5; request += 1) {
      expect((await fetch(`${url}/livez`)).status).toBe(200);
    }
    expect(state.done).toBeLessThan(12);
    await all;
  });
});
