import { type CountingServer, createTestIssuer } from '@flyloft/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

const issuer = await createTestIssuer();
const clock = { now: Date.now() };
let server: CountingServer;
let verifier: TokenVerifier;

beforeEach(async () => {
  clock.now = Date.now();
  server = await issuer.serveJwks();
  verifier = createTokenVerifier({
    issuer: issuer.issuer,
    audiences: ['data-sets'],
    keys: { kind: 'remote', jwksUrl: new URL(server.url) },
    clock: () => clock.now,
  });
});

afterEach(() => server.close());

const unknownKid = () => issuer.serviceToken({ header: { kid: 'unknown' } });

describe('keys by HTTP', () => {
  it('fetches the key set once for many tokens, even when they come together', async () => {
    await Promise.all(Array.from({ length: 20 }, () => verifier.verify(issuer.serviceToken())));
    expect(server.requests()).toBe(1);
  });

  it('D24: answers 503 while no key could ever be fetched', async () => {
    await server.close();
    await expect(verifier.verify(issuer.serviceToken())).rejects.toMatchObject({
      status: 503,
      code: 'unavailable',
      headers: { 'Retry-After': '5' },
    });
  });

  it('D24: answers 503, not 401, when nothing listens at the address', async () => {
    const broken = createTokenVerifier({
      issuer: issuer.issuer,
      audiences: ['data-sets'],
      keys: { kind: 'remote', jwksUrl: new URL('http://127.0.0.1:1/jwks.json') },
    });
    await expect(broken.verify(issuer.serviceToken())).rejects.toMatchObject({ status: 503 });
  });

  it('D24: goes on with the keys it has when auth cannot be reached any more', async () => {
    await verifier.verify(issuer.serviceToken());
    await server.close();
    clock.now += 700_000;
    const claims = { iat: Math.floor(clock.now / 1000), exp: Math.floor(clock.now / 1000) + 60 };
    await expect(verifier.verify(issuer.serviceToken({ claims }))).resolves.toBeDefined();
  });

  it('lets a flood of unknown kids cause at most one fetch in 30 s', async () => {
    await verifier.verify(issuer.serviceToken());
    clock.now += 31_000;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(verifier.verify(unknownKid())).rejects.toMatchObject({ status: 401 });
    }
    expect(server.requests()).toBe(2);
  });

  it('D24: fetches again for a kid that it does not know yet: rotated keys need no restart', async () => {
    const jwks = { keys: [...issuer.jwks.keys] };
    await verifier.verify(issuer.serviceToken());
    const [key] = jwks.keys;
    issuer.jwks.keys = [{ ...key, kty: 'RSA', kid: 'unknown' }];
    try {
      clock.now += 31_000;
      await expect(verifier.verify(unknownKid())).resolves.toBeDefined();
      await expect(verifier.verify(issuer.serviceToken())).rejects.toMatchObject({ status: 401 });
    } finally {
      issuer.jwks.keys = jwks.keys;
    }
  });
});
