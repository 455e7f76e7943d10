import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Access,
  accessTo,
  bearer,
  newPerson,
  type Person,
  platform,
  request,
  send,
  smallPackage,
  startLoad,
  unique,
  uploadPackage,
  waitForLoad,
} from './platform.ts';

/** Set when the suite has started the platform itself: then auth may send to this place. */
const outside = process.env.FLYLOFT_OUTSIDE;
const withOutside = outside === undefined ? describe.skip : describe;

let person: Person;
let access: Access;

beforeAll(async () => {
  person = await newPerson();
  const { adminToken } = platform;
  await send('PUT', `/admin/users/${person.id}/roles`, { roles: ['user'] }, bearer(adminToken));
  access = await accessTo('os.datastore', person.token);
});

/** Loads a package of one row, `row`; answers its name once the load has ended. */
async function load(row: string): Promise<string> {
  const name = unique('noticed');
  const descriptor = await uploadPackage(access, name, smallPackage(name, row));
  await startLoad(access, descriptor);
  await waitForLoad(descriptor);
  return name;
}

/** The text of the notification of this type, as soon as it is in the inbox. */
async function noticeOf(type: string): Promise<string> {
  for (;;) {
    const answer = await request('/notifications?read=false', { headers: bearer(person.token) });
    expect(answer.status).toBe(200);
    const found = answer.json().items.find((item: { type: string }) => item.type === type);
    if (found) return found.text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('what happens to a package', () => {
  it('is told to its owner: a load that is done, and one that has failed', async () => {
    const name = await load('2014,01,Health,1\n');
    expect(await noticeOf('load-done')).toBe(`The load of ${name} is done.`);
    const broken = await load('2014,01,Health,many\n');
    expect(await noticeOf('load-failed')).toMatch(new RegExp(`^The load of ${broken} has failed: .*many`));
  });
});

/** What a browser makes of a push (RFC 8291, RFC 8188: one record). */
function decrypt(content: Buffer, keys: ECDH, secret: Buffer): Record<string, string> {
  const salt = content.subarray(0, 16);
  const sender = content.subarray(21, 21 + content.readUInt8(20));
  const sealed = content.subarray(21 + sender.length);
  const derive = (key: Buffer, from: Buffer, info: Buffer | string, length: number) =>
    Buffer.from(hkdfSync('sha256', key, from, info, length));
  const parties = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender]);
  const input = derive(keys.computeSecret(sender), secret, parties, 32);
  const key = derive(input, salt, 'Content-Encoding: aes128gcm\0', 16);
  const nonce = derive(input, salt, 'Content-Encoding: nonce\0', 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString());
}

withOutside('a browser that subscribed', () => {
  let pushService: Server;
  const pushes: { headers: IncomingHttpHeaders; content: Buffer }[] = [];

  beforeAll(async () => {
    pushService = createServer(async (req, res) => {
      pushes.push({ headers: req.headers, content: await buffer(req) });
      res.writeHead(201).end();
    });
    const [host, port] = (outside ?? '').split(':');
    pushService.listen(Number(port), host);
    await once(pushService, 'listening');
  });
  afterAll(async () => {
    pushService.closeAllConnections();
    pushService.close();
    await once(pushService, 'close');
  });

  it('is sent what it alone can read, by way of its push service', async () => {
    const keys = createECDH('prime256v1');
    const p256dh = keys.generateKeys().toString('base64url');
    const secret = randomBytes(16);
    const subscription = {
      endpoint: `http://${outside}/push/1`,
      keys: { p256dh, auth: secret.toString('base64url') },
    };
    const made = await send('POST', '/push-subscriptions', subscription, bearer(person.token));
    expect(made.status).toBe(201);
    const arrived = once(pushService, 'request');
    const name = await load('2014,01,Health,1\n');
    await arrived;
    while (pushes.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const [push] = pushes;
    expect(push?.headers).toMatchObject({ 'content-encoding': 'aes128gcm', ttl: expect.any(String) });
    expect(push?.headers.authorization).toMatch(/^vapid t=/);
    expect(decrypt(push?.content ?? Buffer.alloc(0), keys, secret)).toMatchObject({
      title: 'Flyloft',
      body: `The load of ${name} is done.`,
      type: 'load-done',
    });
  });
});

describe('a report', () => {
  const report = (type: string, target: string) =>
    send('POST', '/reports', { type, target, reason: 'Spam' }, bearer(person.token));

  it('of a package, comment or data set is taken where the service that owns it shows one to everybody', async () => {
    const name = await load('2014,01,Health,1\n');
    const id = `${access.userid}:${name}`;
    // private until it is published: nothing that a stranger could report
    expect((await report('package', id)).status).toBe(404);
    const publish = new URLSearchParams({ id, jwt: access.token, publish: 'true' });
    expect((await request(`/package/publish?${publish}`, { method: 'POST' })).status).toBe(200);
    const commented = await send(
      'POST',
      `/packages/${encodeURIComponent(id)}/comments`,
      { text: 'Hello' },
      bearer(access.token),
    );
    expect(commented.status).toBe(201);
    const comment: string = commented.json().id;
    expect((await report('package', id)).status).toBe(201);
    expect((await report('comment', comment)).status).toBe(201);
    expect((await report('package', `${id}-unknown`)).status).toBe(404);
    expect((await report('comment', comment.replace(/^.{8}/, '00000000'))).status).toBe(404);
    expect((await report('data-set', 'nothing_of_the_kind')).status).toBe(404);
  });
});
