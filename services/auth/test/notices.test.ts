import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { NOTICES_QUEUE, type NoticeJob, noticeJobId } from '@flyloft/common';
import { createJobQueue, type QueueBackend } from '@flyloft/job-queue';
import { createLogger } from '@flyloft/service-kit';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { startNoticeWorker } from '../src/notices/notice-worker.ts';
import { createSession } from '../src/sessions/session.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';
import { makePerson, sender, type TestPerson } from './people.ts';

let harness: Harness;
let send: ReturnType<typeof sender>;
let ann: TestPerson;
let bob: TestPerson;

beforeAll(async () => {
  harness = await openHarness({ realTime: true });
  send = sender(harness);
  ann = await makePerson(harness, 'user');
  bob = await makePerson(harness, 'user');
});

afterAll(() => harness.close());

const inbox = async ({ token }: TestPerson, query = '') =>
  (await send('get', `/notifications${query}`, undefined, token).expect(200)).body;

async function tell(person: TestPerson, text: string): Promise<string> {
  const id = randomUUID();
  await harness.stores.notifications.addFor(person.userid, { id, kind: 'comment', text, about: null });
  return id;
}

describe('/notifications', () => {
  it('lists one’s own, newest first, by pages and by what is read', async () => {
    const [first, second] = [await tell(ann, 'First'), await tell(ann, 'Second')];
    expect(await inbox(ann)).toMatchObject({ total: 2, unread: 2, items: [{ id: second }, { id: first }] });
    const body = { notification_ids: [first], read: true };
    expect((await send('patch', '/notifications', body, ann.token)).body).toEqual({ changed: 1 });
    expect(await inbox(ann, '?read=false')).toMatchObject({ total: 1, unread: 1, items: [{ id: second }] });
    expect(await inbox(ann, '?read=true&per_page=1')).toMatchObject({ total: 1, items: [{ read: true }] });
    await send('patch', '/notifications', { ...body, read: false }, ann.token).expect(200);
    await send('patch', '/notifications', { notification_ids: 'all', read: true }, ann.token).expect(200);
    expect(await inbox(ann)).toMatchObject({ unread: 0 });
    expect(await inbox(bob)).toMatchObject({ total: 0 });
  });

  it('changes nothing of a batch in which one is another’s, or none at all', async () => {
    const [own, foreign] = [await tell(bob, 'Own'), await tell(ann, 'Foreign')];
    for (const odd of [foreign, randomUUID()]) {
      const body = { notification_ids: [own, odd], read: true };
      await send('patch', '/notifications', body, bob.token).expect(403);
    }
    expect(await inbox(bob, '?read=false')).toMatchObject({ total: 1 });
    for (const body of [
      {},
      { read: true },
      { notification_ids: [own] },
      { notification_ids: ['7'], read: true },
    ]) {
      await send('patch', '/notifications', body, bob.token).expect(400);
    }
  });

  it('is a page for browsers, behind a sign-in, with a form against forgery', async () => {
    const page = () => request(harness.app).get('/notifications').set('Accept', 'text/html');
    const stranger = await page().expect(302);
    expect(stranger.headers.location).toBe('/auth/login?next=/notifications');
    const { session, cookie } = createSession(new Date());
    await harness.database.session.create({ data: { ...session, userId: ann.id } });
    await tell(ann, '<b>Bold</b>');
    const shown = await page().set('Cookie', `flyloft_session=${cookie}`).expect(200);
    expect(shown.text).toContain('&lt;b&gt;Bold');
    const browser = String(shown.headers['set-cookie']?.[0]).split(';')[0];
    const csrf_token = /name="csrf_token" value="([^"]+)"/.exec(shown.text)?.[1];
    const post = () =>
      request(harness.app)
        .post('/notifications')
        .set('Cookie', `flyloft_session=${cookie}; ${browser}`)
        .type('form');
    await post().set('Origin', ORIGIN).send({}).expect(403);
    await post().set('Origin', ORIGIN).send({ csrf_token }).expect(303);
    expect(await inbox(ann)).toMatchObject({ unread: 0 });
    await request(harness.app).get('/notifications').expect(401);
  });

  it('tells of roles that were changed', async () => {
    const person = await makePerson(harness, 'user');
    await send('put', `/admin/users/${person.id}/roles`, { roles: ['moderator'] }).expect(200);
    const told = { type: 'role-changed', text: 'Your roles are now: moderator.' };
    expect(await inbox(person)).toMatchObject({ total: 1, items: [told] });
    await send('put', `/admin/users/${person.id}/roles`, { roles: ['moderator'] }).expect(200);
    expect(await inbox(person)).toMatchObject({ total: 1 });
  });
});

describe('the queue of notices', () => {
  it('fills the inboxes: each notice once, however often it comes, and none for people who are not there', async () => {
    const backend: QueueBackend = { kind: 'postgres', connectionString: harness.databaseUrl };
    const logger = createLogger('auth', 'silent');
    const worker = startNoticeWorker({ backend, notifications: harness.stores.notifications, logger });
    const queue = createJobQueue<NoticeJob>({ name: NOTICES_QUEUE, backend, onError: () => undefined });
    const person = await makePerson(harness, 'user');
    const notice: NoticeJob = {
      ...{ version: 1, notice_id: randomUUID(), kind: 'load-failed', userid: person.userid },
      ...{ package_id: 'ann:budget', subject_id: randomUUID(), detail: 'No data' },
    };
    await queue.add('nobody', { ...notice, notice_id: randomUUID(), userid: 'f'.repeat(32) });
    await queue.add(noticeJobId(notice), notice);
    await queue.add('twice', notice);
    await queue.add('last', { ...notice, kind: 'load-done', notice_id: randomUUID() });
    while ((await inbox(person)).total < 2) await delay(20);
    const { items, total } = await inbox(person);
    expect(total).toBe(2);
    expect(items.map(({ text }: { text: string }) => text)).toEqual(
      expect.arrayContaining(['The load of budget has failed: No data', 'The load of budget is done.']),
    );
    await Promise.all([queue.close(), worker.close()]);
  });
});

describe('what is kept of a person', () => {
  it('is exported with reports, notifications and browsers, and goes with the account', async () => {
    const person = await makePerson(harness, 'user');
    await tell(person, 'Hello');
    await send('post', '/reports', { type: 'package', target: 'ann:x', reason: 'Spam' }, person.token).expect(
      201,
    );
    const keys = {
      p256dh: randomBytes(65).toString('base64url'),
      auth: randomBytes(16).toString('base64url'),
    };
    const browser = { endpoint: 'https://push.example.org/1', keys };
    await send('post', '/push-subscriptions', browser, person.token).expect(201);
    const { body } = await send('get', '/auth/me/export', undefined, person.token).expect(200);
    expect(body).toMatchObject({
      reports: [{ target: 'ann:x' }],
      notifications: [{ text: 'Hello' }],
      push_subscriptions: [{ endpoint: browser.endpoint }],
    });
    await send('delete', '/auth/me', undefined, person.token).expect(204);
    const left = await harness.database.report.findFirst({ where: { target: 'ann:x' } });
    expect(left).toMatchObject({ reporterId: null, state: 'open' });
  });
});
