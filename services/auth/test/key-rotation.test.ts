import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTokenVerifier, followRevocations } from '@flyloft/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decodeProtectedHeader } from 'jose';
import request from 'supertest';
import { createKeyEncryption } from '../src/keys/key-encryption.ts';
import { loadKeyRing } from '../src/keys/key-ring.ts';
import { createKeyStore } from '../src/postgres/keys.ts';
import { type Harness, ORIGIN, openHarness } from './harness.ts';

let harness: Harness;
let server: Server;
let url: string;

beforeEach(async () => {
  harness = await openHarness({ realTime: true });
  server = createServer(harness.app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await harness.close();
});

const admin = (method: 'get' | 'post', path: string) =>
  request(server)[method](path).set('Authorization', `Bearer ${harness.adminToken}`);
const rotate = (force = true) => admin('post', '/admin/keys/rotate').send({ force });

async function serviceToken(): Promise<string> {
  const answer = await admin('get', '/auth/authorize?strict=1&service=data-sets').expect(200);
  return answer.body.token;
}

/** A service's verifier, with the cache of keys and the clock that it would have. */
function verifier(clock = Date.now) {
  return createTokenVerifier({
    issuer: ORIGIN,
    audiences: ['data-sets'],
    keys: { kind: 'remote', jwksUrl: new URL('/.well-known/jwks.json', url) },
    clock,
  });
}

async function states(): Promise<Record<string, string>> {
  const { body } = await admin('get', '/admin/keys').expect(200);
  return Object.fromEntries(body.keys.map(({ kid, state }: { kid: string; state: string }) => [kid, state]));
}

describe('rotating keys', () => {
  it('D24: lets the next key sign, publishes another one, and goes on verifying what the old one signed', async () => {
    const before = harness.keyRing.active.kid;
    const token = await serviceToken();
    const service = verifier();
    await service.verify(token);
    const { body } = await rotate().expect(200);
    expect(JSON.stringify(body)).not.toContain('private');
    const after = await states();
    expect(Object.values(after).sort()).toEqual(['active', 'next', 'retiring']);
    expect(after[before]).toBe('retiring');
    expect(after[harness.keyRing.active.kid]).toBe('active');
    await verifier().verify(token);
    const pem = await request(server).get('/auth/public-key').expect(200);
    expect(pem.text).toBe(harness.keyRing.active.publicPem);
  });

  it('D24: refuses no token while keys rotate under load, by verifiers that fetched their keys before', async () => {
    const services = [verifier(), verifier(), verifier()];
    const first = await serviceToken();
    for (const service of services) await service.verify(first);
    let rotating = true;
    let checked = 0;
    const kids = new Set<unknown>();
    const load = async () => {
      while (rotating) {
        const token = await serviceToken();
        kids.add(decodeProtectedHeader(token).kid);
        // what the old key signed goes on working beside what the new one signs, also for who comes only now
        for (const service of [...services, verifier()]) {
          await service.verify(token);
          await service.verify(first);
        }
        checked += 1;
      }
    };
    const loads = Promise.all([load(), load(), load()]);
    // One rotation for each time that a verifier fetches keys: the next key was published with those.
    await rotate().expect(200);
    const until = checked + 10;
    while (checked < until) await new Promise((resolve) => setImmediate(resolve));
    rotating = false;
    await loads;
    expect(checked).toBeGreaterThan(10);
    expect(kids.size).toBe(2);
  });

  it('D24: waits until every verifier can know the next key, unless it is forced', async () => {
    const { headers, body } = await rotate(false).expect(409);
    expect(Number(headers['retry-after'])).toBeGreaterThan(600);
    expect(body.detail).toContain('try again in');
    await harness.database.signingKey.updateMany({
      data: { createdAt: new Date(Date.now() - 700_000) },
    });
    await rotate(false).expect(200);
    await rotate(false).expect(409);
  });

  it('D24: several replicas agree: another one signs with the new key after its reload, and one of two rotations wins', async () => {
    const encryption = createKeyEncryption(randomBytes(32).toString('base64'));
    const other = await loadKeyRing({ store: createKeyStore(harness.database), encryption }).catch(
      (error: unknown) => error,
    );
    // another secret opens nothing
    expect(String(other)).toContain('KEY_ENCRYPTION_KEY');
    const replica = await harness.openReplica();
    await harness.database.signingKey.updateMany({ data: { createdAt: new Date(Date.now() - 700_000) } });
    const answers = await Promise.all([rotate(false), rotate(false), rotate(false)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect(replica.active.kid).not.toBe(harness.keyRing.active.kid);
    // until then what it signs is published by both
    expect(harness.keyRing.jwks.keys.some(({ kid }) => kid === replica.active.kid)).toBe(true);
    await replica.reload();
    expect(replica.active.kid).toBe(harness.keyRing.active.kid);
  });

  it('D24: what a retired key signed is refused: at once where keys are fetched, by the feed where they are kept', async () => {
    const kid = harness.keyRing.active.kid;
    const token = await serviceToken();
    const revocations = followRevocations({ url: new URL('/auth/revocations', url), intervalSeconds: 0.05 });
    const kept = createTokenVerifier({
      issuer: ORIGIN,
      audiences: ['data-sets'],
      keys: { kind: 'static', jwks: harness.keyRing.jwks },
      revocations,
    });
    await kept.verify(token);
    await admin('post', `/admin/keys/${kid}/retire`).expect(409);
    await rotate().expect(200);
    const early = await admin('post', `/admin/keys/${kid}/retire`).expect(409);
    expect(Number(early.headers['retry-after'])).toBeLessThanOrEqual(60);
    const longAgo = new Date(Date.now() - 61_000);
    await harness.database.signingKey.update({ where: { kid }, data: { retiringAt: longAgo } });
    await admin('post', `/admin/keys/${kid}/retire`).expect(200);
    const { body } = await request(server).get('/.well-known/jwks.json').expect(200);
    expect(body.keys.map((key: { kid: string }) => key.kid)).not.toContain(kid);
    await expect(verifier().verify(token)).rejects.toMatchObject({ status: 401, code: 'token_invalid' });
    for (;;) {
      const outcome = await kept.verify(token).then(
        () => 'accepted',
        (error: { code: string }) => error.code,
      );
      if (outcome === 'token_revoked') break;
      expect(outcome).toBe('accepted');
      await new Promise((resolve) => setImmediate(resolve));
    }
    revocations.stop();
  });

  it('retires by itself what has been retiring for as long as any token lives', async () => {
    const kid = harness.keyRing.active.kid;
    await rotate().expect(200);
    const retireOld = () => harness.keys.retireOld(new Date());
    await retireOld();
    expect((await states())[kid]).toBe('retiring');
    const retiringAt = new Date(Date.now() - 15 * 86_400_000);
    await harness.database.signingKey.update({ where: { kid }, data: { retiringAt } });
    await retireOld();
    expect((await states())[kid]).toBe('retired');
  });
});
