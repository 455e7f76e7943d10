import { createContext, SourceTextModule } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { browserLibrary } from '../src/browser/library.ts';
import { createSession } from '../src/sessions/session.ts';
import { createBrowser } from './browser.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

let harness: Harness;
let number = 0;

beforeAll(async () => {
  harness = await openHarness({ corsOrigins: new Set(['https://page.example']) });
});
afterAll(() => harness.close());

async function newPerson() {
  number += 1;
  const created = await request(harness.app)
    .post('/admin/users')
    .set('Authorization', `Bearer ${harness.adminToken}`)
    .send({ email: `own${number}@example.org`, name: 'Own' })
    .expect(201);
  const { token, sessionId } = await harness.userTokenFor(created.body.id);
  return { ...created.body, token, sessionId } as {
    id: string;
    idhash: string;
    username: string;
    token: string;
    sessionId: string;
  };
}

const patFor = async (id: string) =>
  (
    await request(harness.app)
      .post(`/admin/users/${id}/tokens`)
      .set('Authorization', `Bearer ${harness.adminToken}`)
      .send({ name: 'x' })
  ).body.token as string;

const ask = (method: 'get' | 'patch' | 'delete', path: string, token: string) =>
  request(harness.app)[method](path).set('Authorization', `Bearer ${token}`);

describe('/auth/me', () => {
  it('200: the own profile by token; 401 without one', async () => {
    const { id, idhash, username, token } = await newPerson();
    const { body } = await ask('get', '/auth/me', token).expect(200);
    expect(body).toMatchObject({
      id: idhash,
      uuid: id,
      username,
      name: 'Own',
      username_changeable: true,
      email_verified: false,
    });
    expect((await request(harness.app).get('/auth/me').expect(401)).headers['www-authenticate']).toContain(
      'Bearer',
    );
    await request(harness.app).get(`/auth/me?jwt=${token}`).expect(401);
  });

  it('PATCH changes the name, and the username exactly once', async () => {
    const { token } = await newPerson();
    const change = (body: object) => ask('patch', '/auth/me', token).send(body);
    expect((await change({ name: 'Other' }).expect(200)).body.name).toBe('Other');
    const username = `chosen-${number}`;
    expect((await change({ username }).expect(200)).body).toMatchObject({
      username,
      username_changeable: false,
    });
    expect((await change({ username: 'again' }).expect(409)).body.code).toBe('conflict');
  });

  it('409: PATCH of several fields changes all or nothing, and mails nothing', async () => {
    const { token, username } = await newPerson();
    const wanted = { name: 'Both', username: `both-${number}`, email: 'new@example.org' };
    await ask('patch', '/auth/me', token).send(wanted).expect(409);
    const { body } = await ask('get', '/auth/me', token).expect(200);
    expect(body).toMatchObject({ name: 'Own', username, username_changeable: true });
    const letters: unknown[] = [];
    const mailing = harness.openApp({ signIn: { sendMail: async (letter) => void letters.push(letter) } });
    const change = (fields: object) =>
      request(mailing).patch('/auth/me').set('Authorization', `Bearer ${token}`).send(fields);
    const { username: taken } = await newPerson();
    await change({ ...wanted, username: taken }).expect(409);
    expect((await ask('get', '/auth/me', token)).body).toMatchObject({ name: 'Own', username });
    expect(letters).toEqual([]);
    expect((await change(wanted).expect(200)).body).toMatchObject({
      name: 'Both',
      username: wanted.username,
      email_to_be_verified: 'new@example.org',
    });
    expect(letters).toHaveLength(1);
  });

  it('of five who take one username at once, one gets it', async () => {
    const people = await Promise.all(Array.from({ length: 5 }, newPerson));
    const answers = await Promise.all(
      people.map(({ token }) => ask('patch', '/auth/me', token).send({ username: 'wanted' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
  });

  it.each([
    { username: 'A!' },
    { username: 'admin' },
    { username: 'ab' },
    { email: 'x' },
    { avatar_url: 'javascript:x' },
    { roles: ['admin'] },
    { name: '' },
  ])('400: %j changes nothing', async (body) => {
    const { token } = await newPerson();
    await ask('patch', '/auth/me', token).send(body).expect(400);
  });

  it('D18: by cookie a change needs the token of our own pages, our Origin, and JSON that says so', async () => {
    const { id } = await newPerson();
    const { session, cookie } = createSession(harness.clock.now);
    await harness.database.session.create({ data: { ...session, userId: id } });
    const browser = createBrowser(harness.app);
    browser.cookies.set('flyloft_session', cookie);
    const csrf = (await browser.get('/auth/me')).headers['x-csrf-token'] ?? '';
    const right = { Origin: ORIGIN, 'X-CSRF-Token': csrf, 'Content-Type': 'application/json' };
    const change = (headers: Record<string, string>) =>
      request(harness.app)
        .patch('/auth/me')
        .set({ Cookie: [...browser.cookies].map((pair) => pair.join('=')).join('; '), ...headers })
        .send('{"name":"Changed"}');
    await change({ ...right, 'X-CSRF-Token': '' }).expect(403);
    await change({ ...right, 'X-CSRF-Token': 'x' }).expect(403);
    // from elsewhere the cookie is none
    await change({ ...right, Origin: 'https://evil.example' }).expect(401);
    await change({ ...right, Origin: 'null' }).expect(401);
    await change({ ...right, 'Sec-Fetch-Site': 'cross-site' }).expect(401);
    await change({ ...right, 'Content-Type': 'text/plain' }).expect(415);
    expect((await browser.get('/auth/me')).body.name).toBe('Own');
    await change(right).expect(200);
  });

  it('409: no e-mail address can be verified where no mail is sent', async () => {
    const { token } = await newPerson();
    await ask('patch', '/auth/me', token).send({ email: 'new@example.org' }).expect(409);
  });

  it('D17: DELETE needs a fresh sign-in, is no thing for a personal access token, and ends every session', async () => {
    const { id, token, sessionId } = await newPerson();
    await ask('delete', '/auth/me', await patFor(id)).expect(403);
    await harness.database.session.update({
      where: { id: sessionId },
      data: { authenticatedAt: new Date(harness.clock.now.getTime() - 3_600_000) },
    });
    expect((await ask('delete', '/auth/me', token).expect(403)).body.code).toBe('reauthentication_needed');
    await harness.database.session.update({
      where: { id: sessionId },
      data: { authenticatedAt: harness.clock.now },
    });
    await ask('delete', '/auth/me', token).expect(204);
    await ask('get', '/auth/me', token).expect(401);
    expect(await harness.database.user.count({ where: { id } })).toBe(0);
  });

  it('409: the last administrator cannot go', async () => {
    const { userId } = await harness.database.userRole.findFirstOrThrow({ where: { role: 'admin' } });
    const { token } = await harness.userTokenFor(userId);
    await ask('delete', '/auth/me', token).expect(409);
  });

  it('export holds everything of the person, nothing of others, and no secret', async () => {
    const { id, token, idhash } = await newPerson();
    await patFor(id);
    const { body, headers, text } = await ask('get', '/auth/me/export', token).expect(200);
    expect(headers['content-disposition']).toContain('attachment');
    expect(body).toMatchObject({
      profile: { id: idhash, uuid: id },
      roles: ['new user'],
      identities: [{ provider: 'local' }],
      tokens: [{ name: 'x' }],
    });
    expect(body.sessions).toHaveLength(1);
    expect(text).not.toMatch(/hash"|argon2|sealed/i);
  });
});

describe('/auth/sessions', () => {
  const list = async (token: string) => (await ask('get', '/auth/sessions', token).expect(200)).body.sessions;
  const stale = (id: string) =>
    harness.database.session.update({
      where: { id },
      data: { authenticatedAt: new Date(harness.clock.now.getTime() - 3_600_000) },
    });

  it('D17: lists the own sessions alone, and ends one of them at once', async () => {
    const { id, token, sessionId } = await newPerson();
    await newPerson();
    const other = await harness.userTokenFor(id);
    const sessions = await list(token);
    expect(sessions).toHaveLength(2);
    expect(sessions).toContainEqual(
      expect.objectContaining({ id: sessionId, current: true, method: 'link', user_agent: null }),
    );
    expect(sessions).toContainEqual(expect.objectContaining({ id: other.sessionId, current: false }));
    await ask('delete', `/auth/sessions/${other.sessionId}`, token).expect(204);
    await ask('get', '/auth/me', other.token).expect(401);
    expect(await list(token)).toEqual([expect.objectContaining({ id: sessionId })]);
    await ask('delete', `/auth/sessions/${other.sessionId}`, token).expect(404);
    await ask('delete', `/auth/sessions/${sessionId}`, token).expect(204);
    await ask('get', '/auth/sessions', token).expect(401);
  });

  it('D17: DELETE /auth/sessions ends all but the own', async () => {
    const { id, token, sessionId } = await newPerson();
    const other = await harness.userTokenFor(id);
    expect((await ask('delete', '/auth/sessions', token).expect(200)).body).toEqual({ ended: 1 });
    await ask('get', '/auth/me', other.token).expect(401);
    expect(await list(token)).toEqual([expect.objectContaining({ id: sessionId })]);
  });

  it("D17 D22: 404 for another person's session as for one that is no id, 403 without a fresh sign-in and for a personal access token", async () => {
    const { id, token, sessionId } = await newPerson();
    const stranger = await newPerson();
    for (const foreign of [stranger.sessionId, 'x', '00000000-0000-4000-8000-000000000000'])
      await ask('delete', `/auth/sessions/${foreign}`, token).expect(404);
    await ask('get', '/auth/me', stranger.token).expect(200);
    const pat = await patFor(id);
    expect(await list(pat)).toEqual([expect.objectContaining({ id: sessionId, current: false })]);
    for (const path of ['/auth/sessions', `/auth/sessions/${sessionId}`]) {
      expect((await ask('delete', path, pat).expect(403)).body.code).toBe('permission_denied');
    }
    await stale(sessionId);
    for (const path of ['/auth/sessions', `/auth/sessions/${sessionId}`]) {
      expect((await ask('delete', path, token).expect(403)).body.code).toBe('reauthentication_needed');
    }
    await request(harness.app).get('/auth/sessions').expect(401);
  });
});

describe('the kept endpoints of people', () => {
  it('POST /auth/update and /user/update answer the older words, and 4xx with strict=1', async () => {
    const { token } = await newPerson();
    const update = (path: string, query: object, bearer?: string) =>
      request(harness.app)
        .post(path)
        .query(query)
        .set(bearer ? { 'auth-token': bearer } : {});
    expect((await update('/auth/update', { username: 'x' })).body).toEqual({
      success: false,
      error: 'No token',
    });
    expect((await update('/user/update', { username: 'x' }, 'wrong')).body).toEqual({
      success: false,
      error: 'Not authenticated',
    });
    expect((await update('/auth/update', {}, token)).body).toEqual({ success: true });
    expect((await update('/user/update', { username: `Kept-${number}` }, token)).body).toEqual({
      success: true,
    });
    const set = { success: false, error: 'Cannot modify username, already set' };
    expect((await update('/auth/update', { username: 'other' }, token)).body).toEqual(set);
    await update('/auth/update', { username: 'other', strict: '1' }, token).expect(409);
    await update('/auth/update', { username: 'other', strict: '1' }).expect(401);
    await update('/auth/update', { username: '!', strict: '1' }, token).expect(400);
    await request(harness.app)
      .post('/auth/update')
      .type('form')
      .send({ jwt: token })
      .expect(200, { success: true });
  });

  it('resolve and get_profile find people without regard to case, and never show the e-mail address', async () => {
    const { idhash, username } = await newPerson();
    const get = (path: string, query: object) => request(harness.app).get(path).query(query);
    expect((await get('/auth/resolve', { username: username.toUpperCase() })).body).toEqual({
      userid: idhash,
    });
    for (const query of [{ username: 'nobody-here' }, {}])
      expect((await get('/auth/resolve', query)).body).toEqual({ userid: null });
    const { body } = await get('/auth/get_profile', { username });
    expect(body).toEqual({
      found: true,
      profile: { id: idhash, name: 'Own', join_date: expect.any(String), avatar_url: null, gravatar: idhash },
    });
    expect((await get('/auth/get_profile', { username: 'nobody-here' })).body).toEqual({
      found: false,
      profile: null,
    });
    await get('/auth/resolve', { username: 'nobody-here', strict: '1' }).expect(404);
    await get('/auth/get_profile', { username: 'nobody-here', strict: '1' }).expect(404);
    await request(harness.app).get('/auth/resolve?username=a&username=b').expect(400);
  });

  it('D20: resolve answers 429 with Retry-After after sixty in a minute', async () => {
    const own = await openHarness();
    const get = () => request(own.app).get('/auth/resolve?username=x');
    for (let sent = 0; sent < 60; sent += 1) await get().expect(200);
    expect((await get().expect(429)).headers['retry-after']).toEqual(expect.any(String));
    await own.close();
  });

  it('D19: answers are readable for listed origins alone, without cookies, and never as JSONP', async () => {
    const get = (origin: string) =>
      request(harness.app).get('/auth/check?callback=alert').set('Origin', origin);
    const { headers, body } = await get('https://page.example');
    expect(headers['access-control-allow-origin']).toBe('https://page.example');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    expect(body.authenticated).toBe(false);
    for (const origin of ['https://evil.example', 'null', 'https://page.example.evil.example']) {
      expect((await get(origin)).headers['access-control-allow-origin']).toBeUndefined();
    }
    const preflight = await request(harness.app)
      .options('/auth/exchange')
      .set('Origin', 'https://page.example');
    expect(preflight.headers['access-control-allow-methods']).toContain('POST');
    const evil = await request(harness.app).options('/auth/exchange').set('Origin', 'https://evil.example');
    expect(evil.headers['access-control-allow-origin']).toBeUndefined();
    expect(evil.headers['access-control-allow-methods']).toBeUndefined();
  });
});

describe('/user/lib', () => {
  it('is a module without dependencies that speaks to the kept endpoints', async () => {
    const { headers, text } = await request(harness.app).get('/user/lib').expect(200);
    expect(headers['content-type']).toContain('javascript');
    expect(text).toBe(browserLibrary(ORIGIN));
    expect(text).not.toMatch(/^import /m);
    const module = new SourceTextModule(text, { context: createContext({ URL, URLSearchParams }) });
    await module.link(() => {
      throw new Error('imports something');
    });
    await module.evaluate();
    // the module is the text above, whose exports these are
    const { createAuth } = module.namespace as unknown as {
      createAuth: (options: object) => Record<string, (...given: unknown[]) => Promise<unknown>>;
    };
    const server = harness.app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const auth = createAuth({ origin: `http://127.0.0.1:${port}`, fetch });
    const { token, idhash, username } = await newPerson();
    expect(await auth.check?.(token)).toMatchObject({ authenticated: true, profile: { id: idhash } });
    expect(await auth.check?.(undefined, '/x')).toEqual({ authenticated: false, providers: {} });
    expect(await auth.authorize?.(token, 'data-sets')).toMatchObject({
      service: 'data-sets',
      userid: idhash,
    });
    expect(await auth.resolve?.(username)).toEqual({ userid: idhash });
    expect(await auth.getProfile?.(username)).toMatchObject({ found: true });
    expect(await auth.publicKey?.()).toContain('BEGIN PUBLIC KEY');
    await expect(auth.exchange?.('wrong')).rejects.toMatchObject({ status: 400 });
    expect(await auth.receive?.(`https://a.example/?jwt=${token}&x=1#f`)).toEqual({
      token,
      address: 'https://a.example/?x=1#f',
    });
    expect(await auth.receive?.('https://a.example/?x=1')).toBeUndefined();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  });
});
