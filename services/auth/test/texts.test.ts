import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { createBrowser } from './browser.ts';
import { type Harness, openHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await openHarness({ signIn: { selfRegistration: true } });
});

afterAll(() => harness.close());

const NUL = '\u0000';

it('400: texts with NUL, which PostgreSQL cannot hold, are refused wherever they would be stored', async () => {
  const { id } = await harness.database.user.findFirstOrThrow();
  const until = new Date(Date.now() + 86_400_000).toISOString();
  const { body: person } = await request(harness.app)
    .post('/admin/users')
    .set('Authorization', `Bearer ${harness.adminToken}`)
    .send({ email: 'ada@example.org' })
    .expect(201);
  const bodies: [string, string, object][] = [
    ['put', '/admin/roles/editor', { description: `a${NUL}`, permissions: [] }],
    ['put', '/admin/roles/editor', { description: 'a', permissions: [`user:read:any${NUL}`] }],
    ['post', '/admin/users', { email: 'eve@example.org', name: `E${NUL}ve` }],
    ['post', '/admin/users', { email: `e${NUL}ve@example.org` }],
    ['post', '/admin/users', { email: 'eve@example.org', roles: [`us${NUL}er`] }],
    ['put', `/admin/users/${id}/roles`, { roles: [`us${NUL}er`] }],
    ['post', `/admin/users/${id}/tokens`, { name: `a${NUL}` }],
    ['post', `/admin/users/${person.id}/suspension`, { until, reason: `a${NUL}b` }],
    ['patch', '/auth/me', { name: `a${NUL}b` }],
    ['patch', '/auth/me', { avatar_url: `https://example.org/${NUL}` }],
  ];
  for (const [method, path, sent] of bodies) {
    const asking = method === 'put' ? request(harness.app).put(path) : request(harness.app).post(path);
    const { status } = await (method === 'patch' ? request(harness.app).patch(path) : asking)
      .set('Authorization', `Bearer ${harness.adminToken}`)
      .send(sent);
    expect([method, path, JSON.stringify(sent), status]).toEqual([method, path, JSON.stringify(sent), 400]);
  }
});

it('no 5xx: what is looked for with NUL is not found', async () => {
  const paths = [
    '/auth/resolve?username=a%00b',
    '/auth/get_profile?username=%00',
    '/auth/sign-in?link=%00',
    '/auth/recovery?link=%00',
    '/auth/verify?link=%00',
    '/auth/a%00b/start',
    '/auth/oauth_callback?state=%00&code=a',
    '/admin/users?q=%00',
    '/admin/users?email=%00',
    '/admin/audit?actor=%00&action=%00&target=%00',
    '/auth/tokens/%00',
    '/auth/links/%00/a%00',
    '/admin/keys/%00/retire',
    '/admin/roles/%00',
  ];
  const faults: string[] = [];
  for (const path of paths) {
    for (const method of ['get', 'post', 'delete', 'put'] as const) {
      const { status } = await request(harness.app)
        [method](path)
        .set('Authorization', `Bearer ${harness.adminToken}`);
      if (status >= 500) faults.push(`${method} ${path}`);
    }
  }
  expect(faults).toEqual([]);
});

it('401: nobody signs in with an e-mail address that has NUL', async () => {
  const browser = createBrowser(harness.app);
  await browser.get('/auth/login');
  const { status } = await browser.submit('/auth/login', { email: `a${NUL}@example.org`, password: 'x' });
  expect(status).toBe(401);
});
