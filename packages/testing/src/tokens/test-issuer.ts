import { createPublicKey, generateKeyPair, type KeyObject, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, type JSONWebKeySet } from 'jose';
import { type CountingServer, startCountingServer } from './counting-server.ts';
import { signedWith } from './encode.ts';

interface ServiceTokenRequest {
  /** Both the `service` and the `aud` claim; default `data-sets`. */
  readonly service?: string;
  readonly userid?: string;
  readonly permissions?: Readonly<Record<string, unknown>>;
  /** Any claim, over the defaults; undefined leaves it out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Any header member, over the defaults; undefined leaves it out. */
  readonly header?: Readonly<Record<string, unknown>>;
}

/** Stands in for auth's signing half: real keys, real signatures, a real JWKS address. */
export interface TestIssuer {
  readonly issuer: string;
  readonly kid: string;
  readonly jwks: JSONWebKeySet;
  readonly publicPem: string;
  readonly privateKey: KeyObject;
  readonly serviceClaims: (request?: ServiceTokenRequest) => Record<string, unknown>;
  readonly serviceToken: (request?: ServiceTokenRequest) => string;
  /** Serves the key set under `url` on a loopback port. */
  readonly serveJwks: () => Promise<CountingServer>;
}

const LIFE_SECONDS = 3_600;
const generate = promisify(generateKeyPair);

/**
 * A token issuer of a test's own, with a new key or the one given. The issuer is no address: keys come
 * from `jwks` or `serveJwks()`.
 */
export async function createTestIssuer(
  issuer = 'https://flyloft.test',
  key?: KeyObject,
): Promise<TestIssuer> {
  const privateKey = key ?? (await generate('rsa', { modulusLength: 2048 })).privateKey;
  const publicKey = createPublicKey(privateKey);
  const jwk = publicKey.export({ format: 'jwk' });
  const kid = await calculateJwkThumbprint(jwk);
  const jwks: JSONWebKeySet = { keys: [{ ...jwk, kid, alg: 'RS256', use: 'sig' }] };

  const serviceClaims = (request: ServiceTokenRequest = {}): Record<string, unknown> => {
    const { service = 'data-sets', userid = 'd41d8cd98f00b204e9800998ecf8427e', permissions = {} } = request;
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: issuer,
      sub: randomUUID(),
      aud: service,
      exp: now + LIFE_SECONDS,
      iat: now,
      jti: randomUUID(),
      sid: randomUUID(),
      userid,
      permissions,
      service,
      ...request.claims,
    };
  };
  return {
    issuer,
    kid,
    jwks,
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey,
    serviceClaims,
    serviceToken: (request = {}) =>
      signedWith(
        privateKey,
        { alg: 'RS256', typ: 'service+jwt', kid, ...request.header },
        serviceClaims(request),
      ),
    serveJwks: () =>
      startCountingServer((_req, res) => {
        res.setHeader('Content-Type', 'application/json');
        res.end(JSON.stringify(jwks));
      }),
  };
}
