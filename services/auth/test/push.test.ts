import { createECDH, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSafeFetcher } from '@flyloft/safe-fetch';
import { createLogger } from '@flyloft/service-kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { sendPushes } from '../src/push/send-pushes.ts';
import { vapidKeys } from '../src/push/vapid-keys.ts';
import { type Harness, openHarness } from './harness.ts';
import { makePerson, sender, type TestPerson } from './people.ts';

interface Arrived {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
}

let harness: Harness;
let send: ReturnType<typeof sender>;
let ann: TestPerson;
let service: Server;
let origin: string;
let arrived: Arrived[] = [];
/** What the push service answers, by path; 201 for others. */
const answers = new Map<string, number>();

const openHosts = [{ host: '127.0.0.1', port: undefined }];
const policy = { ports: [80, 443], openHosts };
const vapid = vapidKeys('the secret of this test, which nobody else has', 'mailto:admin@example.org');
const fetcher = createSafeFetcher({ policy, totalTimeoutSeconds: 5 });

beforeAll(async () => {
  harness = await openHarness({ realTime: true, community: { vapid, pushPolicy: policy } });
  send = sender(harness);
  service = createServer((req, res) => {
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    req.on('end', () => {
      arrived.push({ path: req.url ?? '', headers: req.headers, bytes });
      res.writeHead(answers.get(req.url ?? '') ?? 201).end();
    });
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  // a listening TCP server has an AddressInfo
  origin = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
});

beforeEach(async () => {
  ann = await makePerson(harness, 'user');
});

afterEach(async () => {
  arrived = [];
  answers.clear();
  await harness.database.pushSubscription.deleteMany();
});

afterAll(async () => {
  service.closeAllConnections();
  service.close();
  await fetcher.close();
  await harness.close();
});

function browser(path: string, base = origin) {
  const keys = createECDH('prime256v1');
  const p256dh = keys.generateKeys().toString('base64url');
  return {
    endpoint: `${base}${path}`,
    expirationTime: null,
    keys: { p256dh, auth: randomBytes(16).toString('base64url') },
  };
}

const subscribe = (body: object, { token } = ann) => send('post', '/push-subscriptions', body, token);

const tell = ({ userid } = ann) => {
  const notification = { id: randomUUID(), kind: 'comment', text: 'Hello', about: null };
  return harness.stores.notifications.addFor(userid, notification);
};

const push = () =>
  sendPushes({ store: harness.stores.pushes, fetcher, vapid, logger: createLogger('auth', 'silent') });

describe('/push-subscriptions', () => {
  it('says the key that a browser subscribes with, and keeps each browser once', async () => {
    const { body } = await send('get', '/push-subscriptions/key', undefined, ann.token).expect(200);
    expect(Buffer.from(body.public_key, 'base64url')).toHaveLength(65);
    const one = browser('/one');
    const first = await subscribe(one).expect(201);
    const again = await subscribe(one).expect(201);
    expect(again.body.id).toBe(first.body.id);
    const list = await send('get', '/push-subscriptions', undefined, ann.token).expect(200);
    expect(list.body).toMatchObject({ total: 1, items: [{ endpoint: one.endpoint }] });
  });

  it('is everybody’s own: another’s is not there, neither to change nor to delete', async () => {
    const { body } = await subscribe(browser('/mine')).expect(201);
    const thief = await makePerson(harness, 'user');
    const path = `/push-subscriptions/${body.id}`;
    await send('patch', path, browser('/stolen'), thief.token).expect(404);
    await send('delete', path, undefined, thief.token).expect(404);
    const changed = await send('patch', path, browser('/moved'), ann.token).expect(200);
    expect(changed.body.endpoint).toBe(`${origin}/moved`);
    await send('delete', path, undefined, ann.token).expect(204);
    await send('delete', '/push-subscriptions/7', undefined, ann.token).expect(404);
  });

  it('of a browser that somebody else used before is the new person’s alone; knowing the address is not enough', async () => {
    const shared = browser('/shared');
    await subscribe(shared).expect(201);
    const next = await makePerson(harness, 'user');
    await subscribe({ ...browser('/x'), endpoint: shared.endpoint }, next).expect(201);
    expect(await harness.database.pushSubscription.count({ where: { userId: ann.id } })).toBe(1);
    await subscribe(shared, next).expect(201);
    expect(await harness.database.pushSubscription.count({ where: { userId: ann.id } })).toBe(0);
  });

  it.each([
    ['http://push.example.org/x'],
    ['https://10.0.0.1/x'],
    ['https://[::1]/x'],
    ['https://localhost/x'],
    ['https://169.254.169.254/latest/meta-data'],
    ['https://2130706433/x'],
    ['https://user:password@push.example.org/x'],
    ['https://push.example.org:8443/x'],
    ['file:///etc/passwd'],
    ['nonsense'],
  ])('E9: refuses %s as a push service', async (endpoint) => {
    const app = harness.openApp({ community: { vapid } });
    const own = { ...browser('/x'), endpoint };
    await sender({ ...harness, app })('post', '/push-subscriptions', own, ann.token).expect(400);
  });

  it('takes nothing but what browsers give', async () => {
    for (const body of [
      {},
      { endpoint: `${origin}/x` },
      { ...browser('/x'), keys: { p256dh: 'AA', auth: 'AA' } },
    ]) {
      await subscribe(body).expect(400);
    }
  });
});

describe('a push', () => {
  it('goes to each browser of the person, encrypted and signed for that push service alone', async () => {
    await subscribe(browser('/a')).expect(201);
    await subscribe(browser('/b', origin.replace('127.0.0.1', 'localhost'))).expect(400);
    await subscribe(browser('/c')).expect(201);
    await tell();
    expect(await push()).toBe(2);
    expect(arrived.map(({ path }) => path).sort()).toEqual(['/a', '/c']);
    for (const { headers, bytes } of arrived) {
      expect(headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: '43200' });
      expect(bytes).toBeGreaterThan(80);
      const [, token = ''] = /^vapid t=([^,]+), k=/.exec(String(headers.authorization)) ?? [];
      expect(decodeJwt(token)).toMatchObject({ aud: origin, sub: 'mailto:admin@example.org' });
    }
    expect(await push()).toBe(0);
  });

  it('of one person to two push services names each to itself alone', async () => {
    const other = createServer(service.listeners('request')[0] as RequestListener).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const place = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    await subscribe(browser('/first')).expect(201);
    await subscribe(browser('/second', place)).expect(201);
    await tell();
    expect(await push()).toBe(2);
    const audiences = arrived.map(({ path, headers }) => [
      path,
      decodeJwt(/t=([^,]+)/.exec(String(headers.authorization))?.[1] ?? '').aud,
    ]);
    other.closeAllConnections();
    other.close();
    expect(audiences.sort()).toEqual([
      ['/first', origin],
      ['/second', place],
    ]);
  });

  it('that fails holds up no other, and is tried again later; a browser that is gone is forgotten', async () => {
    for (const path of ['/gone', '/lost', '/busy', '/well']) await subscribe(browser(path)).expect(201);
    answers.set('/gone', 410).set('/lost', 404).set('/busy', 503);
    await tell();
    await push();
    expect(arrived).toHaveLength(4);
    const left = await harness.database.pushSubscription.findMany({ where: { userId: ann.id } });
    expect(left.map(({ endpoint }) => new URL(endpoint).pathname).sort()).toEqual(['/busy', '/well']);
    const [waiting] = await harness.database.pushDelivery.findMany();
    expect(waiting).toMatchObject({ attempts: 1 });
    expect(waiting?.dueAt.getTime()).toBeGreaterThan(Date.now());
    expect(await harness.database.pushDelivery.count()).toBe(1);
  });

  it('is not sent to whoever has switched it off', async () => {
    await subscribe(browser('/off')).expect(201);
    await send('patch', '/notifications/settings', { push: false }, ann.token).expect(200);
    const { body } = await send('get', '/notifications/settings', undefined, ann.token).expect(200);
    expect(body).toEqual({ push: false });
    await tell();
    expect(await push()).toBe(0);
    await send('patch', '/notifications/settings', { push: true }, ann.token).expect(200);
    await tell();
    expect(await push()).toBe(1);
  });
});
