import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@flyloft/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import request from 'supertest';
import { createKeyEncryption } from '../src/keys/key-encryption.ts';
import { loadKeyRing } from '../src/keys/key-ring.ts';
import { createDatabase, type Database } from '../src/postgres/database.ts';
import { createKeyStore } from '../src/postgres/keys.ts';
import { openHarness } from './harness.ts';

let testDatabase: TestDatabase;
let database: Database;
const encryption = createKeyEncryption(randomBytes(32).toString('base64'));

beforeEach(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase(testDatabase.url);
});

afterEach(async () => {
  await database.$disconnect();
  await testDatabase.drop();
});

const load = (options: Partial<Parameters<typeof loadKeyRing>[0]> = {}) =>
  loadKeyRing({ store: createKeyStore(database), encryption, ...options });

describe('signing keys', () => {
  it('are made at the first start, by one of several processes that start at once, and kept', async () => {
    const rings = await Promise.all(Array.from({ length: 4 }, () => load()));
    const kids = new Set([...rings, await load()].map(({ active }) => active.kid));
    expect(kids.size).toBe(1);
    expect(await database.signingKey.count({ where: { state: 'active' } })).toBe(1);
    expect(await database.signingKey.count({ where: { state: 'next' } })).toBe(1);
  });

  it('cannot be active twice, whatever writes the rows', async () => {
    await load();
    const second = { kid: 'second', state: 'active', publicJwk: {}, encryptedPrivateKey: new Uint8Array() };
    await expect(database.signingKey.create({ data: second })).rejects.toMatchObject({ code: 'P2002' });
  });

  it('are named by their RFC 7638 thumbprint and imported from PRIVATE_KEY when that is given', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { active } = await load({ imported: privateKey });
    expect(active.kid).toBe(
      await calculateJwkThumbprint(createPublicKey(privateKey).export({ format: 'jwk' })),
    );
    expect(createPublicKey(active.publicPem).equals(createPublicKey(privateKey))).toBe(true);
  });

  it('D24: refuses to start with a key that stands in a specification', async () => {
    const kid = 'IsUn6_e04MaShXFIISMp4kG62LWzMIPy_MvSA5pJgX8';
    const data = { kid, state: 'active', publicJwk: {}, encryptedPrivateKey: new Uint8Array() };
    await database.signingKey.create({ data });
    await expect(load()).rejects.toThrow(/published sample/);
  });

  it('rest encrypted: a changed row and a wrong secret open nothing, and the start says which variable', async () => {
    const { active } = await load();
    const row = await database.signingKey.findUniqueOrThrow({ where: { kid: active.kid } });
    const der = active.privateKey.export({ type: 'pkcs8', format: 'der' });
    expect(Buffer.from(row.encryptedPrivateKey).includes(der.subarray(40, 80))).toBe(false);
    expect(() => encryption.open(row.encryptedPrivateKey, 'another-kid')).toThrow();
    const changed = Uint8Array.from(row.encryptedPrivateKey);
    changed[50] = (changed[50] ?? 0) ^ 1;
    expect(() => encryption.open(changed, active.kid)).toThrow();
    const wrong = createKeyEncryption(randomBytes(32).toString('base64'));
    await expect(load({ encryption: wrong })).rejects.toThrow(/KEY_ENCRYPTION_KEY/);
  });
});

describe('the addresses of the public keys', () => {
  it('show public members only, may be cached, and agree with each other', async () => {
    const harness = await openHarness();
    try {
      const jwks = await request(harness.app).get('/.well-known/jwks.json').expect(200);
      expect(jwks.headers['cache-control']).toMatch(/max-age=\d+/);
      // the one that signs, and the one that will
      expect(jwks.body.keys).toHaveLength(2);
      const [key] = jwks.body.keys.filter(({ kid }: { kid: string }) => kid === harness.keyRing.active.kid);
      expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
      for (const path of ['/auth/public-key', '/user/public-key']) {
        const { text, headers } = await request(harness.app).get(path).expect(200);
        expect(headers['content-type']).toMatch(/^text\/plain/);
        expect(createPublicKey(text).export({ format: 'jwk' }).n).toBe(key.n);
      }
      await request(harness.app).post('/.well-known/jwks.json').expect(405);
    } finally {
      await harness.close();
    }
  });
});
