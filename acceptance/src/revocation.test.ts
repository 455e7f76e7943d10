import { describe, expect, it } from '@jest/globals';
import { accessTo, bearer, newPerson, platform, request, send, unique } from './platform.ts';

/** Longer than the feed is asked for again (`AUTH_REVOCATIONS_SECONDS`) and far within the promised minute. */
const BOUND_MILLISECONDS = 60_000;
const PAUSE_MILLISECONDS = 250;

/** Asks for addresses to upload to, in the folder of the token's own holder; nothing is stored by that. */
const uploadOf = (token: string) => ({
  metadata: {
    owner: JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).userid,
    name: 'nothing',
  },
  filedata: { 'a.csv': { name: 'a.csv', length: 1, md5: 'DMF1ucDxtqgxw5niaXcmYQ==', type: 'text/csv' } },
});

/** What each service answers to a holder of such a token, by a request that changes nothing. */
const SERVICES = [
  {
    name: 'read-api',
    audience: 'data-sets',
    ask: (token: string) => request('/api/3/cubes/nobody:nothing/model', { headers: bearer(token) }),
  },
  {
    name: 'write-api',
    audience: 'data-sets',
    ask: (token: string) => send('POST', '/data-sets', {}, bearer(token)),
  },
  {
    name: 'conductor',
    audience: 'os.datastore',
    ask: (token: string) => send('POST', '/datastore/', uploadOf(token), bearer(token)),
  },
] as const;

/** Asks until the token is refused; fails when that takes longer than was promised. */
async function untilRefused(ask: () => ReturnType<typeof request>) {
  const deadline = Date.now() + BOUND_MILLISECONDS;
  for (;;) {
    const answer = await ask();
    if (answer.status === 401) return answer;
    if (Date.now() > deadline) throw new Error(`still answered with ${answer.status}`);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
  }
}

const PASSWORD = 'correct horse battery';

/** Signs a person in by the pages, as a browser does; answers the cookies. */
async function signInAsBrowser(email: string): Promise<Record<string, string>> {
  const page = await request('/auth/login');
  const cookie = cookiesOf(page.headers);
  const token = /name="csrf_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  const answer = await postForm('/auth/login', { csrf_token: token, email, password: PASSWORD }, cookie);
  expect(answer.status).toBe(303);
  return { Cookie: [cookie, cookiesOf(answer.headers)].join('; '), ...SAME_ORIGIN };
}

const SAME_ORIGIN = { Origin: platform.origin, 'Sec-Fetch-Site': 'same-origin' };

const cookiesOf = (headers: Headers) =>
  headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');

const postForm = (path: string, fields: Record<string, string>, cookie: string) =>
  request(path, {
    method: 'POST',
    headers: { Cookie: cookie, ...SAME_ORIGIN },
    body: new URLSearchParams(fields),
  });

/** Each service with a token for it; none of them refuses it yet. */
async function tokensOf(authorize: (service: string) => Promise<string>) {
  const holders = [];
  for (const { name, audience, ask } of SERVICES) {
    const token = await authorize(audience);
    const { status } = await ask(token);
    // 200, 403, 404: the token was taken, and something else was looked at
    expect([name, status]).not.toEqual([name, 401]);
    holders.push({ name, ask: () => ask(token) });
  }
  return holders;
}

describe('what is revoked at auth', () => {
  it('D17: is refused by read-api, write-api and the conductor after a suspension', async () => {
    const { id, token } = await newPerson();
    const holders = await tokensOf(async (service) => (await accessTo(service, token)).token);
    const until = new Date(Date.now() + 86_400_000).toISOString();
    const administrator = bearer(platform.adminToken);
    const suspended = await send(
      'POST',
      `/admin/users/${id}/suspension`,
      { until, reason: 'spam' },
      administrator,
    );
    expect(suspended.status).toBeLessThan(300);
    for (const { ask } of holders) await untilRefused(ask);
    expect((await accessTo('data-sets', token)).token).toBeUndefined();
  });

  it('D17: is refused by them after signing out', async () => {
    const email = `${unique('person')}@example.org`;
    const body = { email, password: PASSWORD };
    const made = await send('POST', '/admin/users', body, bearer(platform.adminToken));
    expect(made.status).toBe(201);
    const headers = await signInAsBrowser(email);
    const holders = await tokensOf(async (service) => {
      return (await request(`/auth/authorize?service=${service}`, { headers })).json().token;
    });
    const page = await request('/auth/logout', { headers });
    const token = /name="csrf_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    await postForm('/auth/logout', { csrf_token: token }, headers.Cookie ?? '');
    for (const { ask } of holders) await untilRefused(ask);
    expect((await request('/auth/check', { headers })).json().authenticated).toBe(false);
  });
});
