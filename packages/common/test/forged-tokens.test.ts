import { checkForgedTokens, createTestIssuer, forgedTokens } from '@flyloft/testing';
import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { createTokenVerifier, type KeySource } from '../src/index.ts';
import { authenticatedApp } from './authenticated-app.ts';

const issuer = await createTestIssuer();

const sources: readonly (readonly [
  string,
  () => Promise<{ keys: KeySource; close: () => Promise<void> }>,
])[] = [
  ['keys given', async () => ({ keys: { kind: 'static', jwks: issuer.jwks }, close: async () => undefined })],
  [
    'a PEM',
    async () => ({ keys: { kind: 'pem', publicKey: issuer.publicPem }, close: async () => undefined }),
  ],
  [
    'a JWKS address',
    async () => {
      const server = await issuer.serveJwks();
      return { keys: { kind: 'remote', jwksUrl: new URL(server.url) }, close: server.close };
    },
  ],
];

describe.each(sources)('the forged-token matrix with %s', (_name, open) => {
  it('D1 D2 D3 D4 D5: refuses every forged token with 401, accepts a right one, and asks no address that a token names', async () => {
    const { keys, close } = await open();
    const verifier = createTokenVerifier({ issuer: issuer.issuer, audiences: ['data-sets'], keys });
    const app = authenticatedApp({ verifier }, { any: ['write'] });
    const send = (token: string) => request(app).get('/things').set('Authorization', `Bearer ${token}`);
    try {
      await send(issuer.serviceToken({ permissions: { write: true } })).expect(200);
      expect(await checkForgedTokens({ issuer, audience: 'data-sets', send })).toEqual([]);
      await send(issuer.serviceToken({ permissions: { write: true } })).expect(200);
    } finally {
      await close();
    }
  });
});

describe('the forged-token factory', () => {
  const tokens = forgedTokens(issuer, { audience: 'data-sets', attackerUrl: 'http://127.0.0.1:1' });

  it('covers all five rows, each forgery once', () => {
    expect(new Set(tokens.map(({ row }) => row))).toEqual(new Set([1, 2, 3, 4, 5]));
    expect(new Set(tokens.map(({ name }) => name)).size).toBe(tokens.length);
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(tokens.length);
  });

  it('reports a service that lets forged tokens through', async () => {
    const answers = { status: 200, headers: {} };
    const faults = await checkForgedTokens({ issuer, audience: 'data-sets', send: async () => answers });
    expect(faults).toHaveLength(tokens.length);
  });
});
