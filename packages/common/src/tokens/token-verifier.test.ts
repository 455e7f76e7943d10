import { generateKeyPairSync } from 'node:crypto';
import { createTestIssuer } from '@flyloft/testing';
import { describe, expect, it } from '@jest/globals';
import { createTokenVerifier, createUserTokenVerifier } from './token-verifier.ts';

const issuer = await createTestIssuer();
const other = await createTestIssuer(issuer.issuer);
const keys = { kind: 'static', jwks: issuer.jwks } as const;
const nowSeconds = () => Math.floor(Date.now() / 1000);

function verifierAt(clock: { now: number }, options: { cacheSize?: number } = {}) {
  const audiences = ['data-sets', 'os.datastore'];
  return createTokenVerifier({ issuer: issuer.issuer, audiences, keys, clock: () => clock.now, ...options });
}

describe('createTokenVerifier', () => {
  it('answers the claims of a right token for any of its audiences', async () => {
    const verifier = verifierAt({ now: Date.now() });
    const token = issuer.serviceToken({
      service: 'os.datastore',
      permissions: { 'datapackage-upload': true },
    });
    expect(await verifier.verify(token)).toMatchObject({
      service: 'os.datastore',
      permissions: { 'datapackage-upload': true },
    });
  });

  it('accepts an audience list that names us among others', async () => {
    const token = issuer.serviceToken({ claims: { aud: ['elsewhere', 'data-sets'] } });
    await expect(verifierAt({ now: Date.now() }).verify(token)).resolves.toBeDefined();
  });

  it('forgives 5 s of clock skew and not 6, at both ends', async () => {
    const now = nowSeconds();
    const verifier = verifierAt({ now: now * 1000 }, { cacheSize: 0 });
    const expired = (seconds: number) =>
      issuer.serviceToken({ claims: { iat: now - 60, exp: now - seconds } });
    const early = (seconds: number) => issuer.serviceToken({ claims: { iat: now + seconds } });
    await expect(verifier.verify(expired(4))).resolves.toBeDefined();
    await expect(verifier.verify(expired(6))).rejects.toMatchObject({ code: 'token_expired' });
    await expect(verifier.verify(early(5))).resolves.toBeDefined();
    await expect(verifier.verify(early(6))).rejects.toMatchObject({ code: 'token_invalid' });
  });

  it('refuses a remembered token once it has expired', async () => {
    const clock = { now: Date.now() };
    const verifier = verifierAt(clock);
    const token = issuer.serviceToken();
    const first = await verifier.verify(token);
    expect(await verifier.verify(token)).toBe(first);
    clock.now += 3_606_000;
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 401, code: 'token_expired' });
  });

  it('never lets one request change the remembered rights of the next', async () => {
    const verifier = verifierAt({ now: Date.now() });
    const claims = await verifier.verify(issuer.serviceToken());
    expect(() => Object.assign(claims.permissions, { admin: true })).toThrow(TypeError);
  });

  it('asks for revocation at every use, remembered or not', async () => {
    const revoked = new Set<string>();
    const verifier = createTokenVerifier({
      issuer: issuer.issuer,
      audiences: ['data-sets'],
      keys,
      revocations: { ready: () => undefined, isRevoked: ({ sid }) => revoked.has(sid) },
    });
    const token = issuer.serviceToken();
    const { sid } = await verifier.verify(token);
    revoked.add(sid);
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 401, code: 'token_revoked' });
  });

  it('D22: whom a token says to act for (`act`, `may_act`) gives it nothing: its own person and rights count', async () => {
    const victim = { sub: 'somebody', userid: 'f'.repeat(32), permissions: { admin: true } };
    const verifier = createTokenVerifier({ issuer: issuer.issuer, audiences: ['data-sets'], keys });
    const own = { userid: 'a'.repeat(32), permissions: { write: true } };
    const claims = { act: victim, may_act: victim, azp: 'somebody' };
    const verified = await verifier.verify(issuer.serviceToken({ ...own, claims }));
    expect(verified).toMatchObject(own);
    expect(verified.permissions).toEqual(own.permissions);
  });

  it('D2: refuses a token when two keys of the set share its kid', async () => {
    const [mine] = issuer.jwks.keys;
    const [theirs] = other.jwks.keys;
    const jwks = {
      keys: [
        { ...mine, kid: 'same' },
        { ...theirs, kid: 'same' },
      ],
    } as typeof issuer.jwks;
    const verifier = createTokenVerifier({
      issuer: issuer.issuer,
      audiences: ['data-sets'],
      keys: { kind: 'static', jwks },
    });
    const token = issuer.serviceToken({ header: { kid: 'same' } });
    await expect(verifier.verify(token)).rejects.toMatchObject({ status: 401 });
  });

  it('fails at start without an audience, with a weak key, or with a PEM that is none', () => {
    const start = (audiences: string[], publicKey: string) => () =>
      createTokenVerifier({ issuer: issuer.issuer, audiences, keys: { kind: 'pem', publicKey } });
    expect(start([], issuer.publicPem)).toThrow('audience');
    expect(start(['data-sets'], 'nonsense')).toThrow();
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const pem = weak.export({ type: 'spki', format: 'pem' }).toString();
    expect(start(['data-sets'], pem)).toThrow('2048');
  });
});

describe('createUserTokenVerifier', () => {
  const verifier = createUserTokenVerifier({ issuer: issuer.issuer, keys });
  const userToken = (typ: string, aud: string) =>
    issuer.serviceToken({ header: { typ }, claims: { aud, permissions: undefined } });

  it('accepts user tokens made out to the issuer, and no other kind', async () => {
    await expect(verifier.verify(userToken('user+jwt', issuer.issuer))).resolves.toBeDefined();
    await expect(verifier.verify(issuer.serviceToken())).rejects.toMatchObject({ code: 'token_invalid' });
    await expect(verifier.verify(userToken('service+jwt', issuer.issuer))).rejects.toMatchObject({
      status: 401,
    });
    await expect(verifier.verify(userToken('user+jwt', 'data-sets'))).rejects.toMatchObject({ status: 401 });
  });
});
