import { foldPhrase, followModeration, hiddenSubject, phraseKey } from '@flyloft/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type Harness, openHarness } from './harness.ts';
import { makePerson, sender } from './people.ts';

let harness: Harness;
let send: ReturnType<typeof sender>;

beforeAll(async () => {
  harness = await openHarness();
  send = sender(harness);
});

afterAll(() => harness.close());

const add = (phrase: unknown, allowed?: boolean) =>
  send('post', '/admin/words', { phrase, ...(allowed === undefined ? {} : { allowed }) });

describe('/admin/words', () => {
  it('keeps a list: add, list by pages, remove, each written down', async () => {
    const { body: made } = await add('Grotty').expect(201);
    expect(made).toMatchObject({ phrase: 'Grotty', allowed: false });
    await add('grotty cave', true).expect(201);
    const { body } = await send('get', '/admin/words?per_page=1').expect(200);
    expect(body).toMatchObject({ total: 2, total_pages: 2, items: [{ phrase: 'Grotty' }] });
    const allowed = await send('get', '/admin/words?allowed=true').expect(200);
    expect(allowed.body.items).toMatchObject([{ phrase: 'grotty cave', allowed: true }]);
    await send('delete', `/admin/words/${made.id}`).expect(204);
    await send('delete', `/admin/words/${made.id}`).expect(404);
    await send('delete', '/admin/words/7').expect(404);
    const log = await send('get', `/admin/audit?target=${made.id}`).expect(200);
    expect(log.body.items.map(({ action }: { action: string }) => action)).toEqual([
      'word.removed',
      'word.added',
    ]);
  });

  it('refuses a phrase that is there in any spelling (409), and what is none (400)', async () => {
    await add('straße').expect(201);
    await add('STRASSE').expect(409);
    await add('strasse', true).expect(409);
    for (const phrase of [
      '',
      '  ',
      '!!',
      '\0',
      7,
      null,
      'x'.repeat(101),
      'a b c d e f g h i j k',
      undefined,
    ]) {
      await add(phrase).expect(400);
    }
  });

  it('is for administrators alone', async () => {
    const moderator = await makePerson(harness, 'moderator');
    await send('get', '/admin/words', undefined, moderator.token).expect(403);
    await send('post', '/admin/words', { phrase: 'x' }, moderator.token).expect(403);
    await request(harness.app).get('/admin/words').expect(401);
  });
});

describe('a listed phrase', () => {
  it('is refused in display names and usernames, with phrase and place', async () => {
    await add('villain').expect(201);
    const { token } = await makePerson(harness, 'user');
    const { body } = await send('patch', '/auth/me', { name: 'The VÍLLAIN!' }, token).expect(400);
    expect(body).toMatchObject({
      code: 'words_not_allowed',
      errors: [{ pointer: '/name', phrase: 'villain', position: 4 }],
    });
    await send('patch', '/auth/me', { username: 'a_villain' }, token).expect(400);
    await send('patch', '/auth/me', { name: 'Villainous' }, token).expect(200);
    await send('post', '/admin/users', { email: 'v@example.org', name: 'villain' }).expect(400);
    const { id } = await makePerson(harness, 'user');
    await send('patch', `/admin/users/${id}`, { name: 'A villain' }).expect(400);
    await send('patch', `/admin/users/${id}`, { username: 'villain' }).expect(400);
  });

  it('keeps nobody from signing in: a provider’s name for somebody is left out, and no username is made of it', async () => {
    await add('scoundrel').expect(201);
    const enter = (login: string, name: string) => {
      const profile = { subject: login, login, name, avatarUrl: null };
      const email = { address: `${login}@example.org`, verified: true };
      return harness.stores.signIns.enter('github', { ...profile, email }, true, { requestId: 'x' });
    };
    const nameOf = async (id: string | undefined) =>
      harness.database.user.findUniqueOrThrow({ where: { id: String(id) } });
    const listed = await nameOf(await enter('scoundrel', 'A Scoundrel'));
    expect([listed.name, listed.username.includes('scoundrel')]).toEqual([null, false]);
    expect(await nameOf(await enter('scoundrels', 'Ann'))).toMatchObject({
      name: 'Ann',
      username: 'scoundrels',
    });
    const { body } = await send('post', '/admin/users', { email: 'scoundrel@example.org' }).expect(201);
    expect(body.username).not.toContain('scoundrel');
  });

  it('reaches other services as a hash, by a feed that says when nothing is new', async () => {
    await add('weasel').expect(201);
    const answer = await request(harness.app).get('/auth/moderation').expect(200);
    expect(answer.body.words.blocked).toContain(phraseKey(foldPhrase('Weasel')));
    expect(JSON.stringify(answer.body)).not.toContain('weasel');
    const tag = String(answer.headers.etag);
    await request(harness.app).get('/auth/moderation').set('If-None-Match', tag).expect(304);
    await add('stoat').expect(201);
    await request(harness.app).get('/auth/moderation').set('If-None-Match', tag).expect(200);
  });

  it('is refused by the client of other services, which keeps its list while auth is away', async () => {
    await add('marmot').expect(201);
    await harness.database.hiddenTarget.create({ data: { kind: 'package', target: 'a:b' } });
    const server = harness.app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const url = new URL(`http://127.0.0.1:${port}/auth/moderation`);
    const [seen, followed] = await new Promise<[unknown, ReturnType<typeof followModeration>]>((resolve) => {
      const made = followModeration({
        url,
        intervalSeconds: 0.05,
        onChange: async ({ hidden }) => void setImmediate(() => resolve([hidden, made])),
      });
    });
    expect(seen).toEqual([{ kind: 'package', subject: hiddenSubject('a:b') }]);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(() => followed.refuseWords({ '/title': 'One marmot' })).toThrow('"marmot" at position 4');
    expect(followed.isHidden('package', 'a:b')).toBe(true);
    expect(followed.isHidden('package', 'a:c')).toBe(false);
    followed.stop();
  });

  it('is not known before the list was ever read: the text is taken', () => {
    const followed = followModeration({ url: new URL('http://127.0.0.1:9/auth/moderation') });
    expect(() => followed.refuseWords({ '/title': 'marmot' })).not.toThrow();
    followed.stop();
  });
});
