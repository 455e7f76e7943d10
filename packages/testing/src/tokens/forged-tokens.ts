import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { authenticatedWith, encodePart, signedWith } from './encode.ts';
import type { TestIssuer } from './test-issuer.ts';

/** A token that no service may accept, and the row of auth.md part D that says why. */
export interface ForgedToken {
  readonly row: 1 | 2 | 3 | 4 | 5;
  readonly name: string;
  readonly token: string;
}

/** What is right for each kind of token, so that nothing but the forgery is wrong. */
const KINDS = {
  service: { type: 'service+jwt', maxAgeDays: 1, ownClaims: ['permissions'], foreignType: 'user+jwt' },
  user: { type: 'user+jwt', maxAgeDays: 14, ownClaims: [], foreignType: 'service+jwt' },
} as const;

export interface ForgeryOptions {
  /** An audience that the service under test accepts. */
  readonly audience: string;
  /** The kind of token that the service accepts; default `service`. */
  readonly kind?: keyof typeof KINDS;
  /** Claims that a right token needs beside the usual ones, such as the `sid` of a living session. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Where `jku` and `x5u` point; whoever runs the matrix counts that nobody asks there. */
  readonly attackerUrl: string;
}

interface Workshop {
  readonly kind: (typeof KINDS)[keyof typeof KINDS];
  readonly issuer: TestIssuer;
  readonly options: ForgeryOptions;
  /** Claims without a fault. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly header: Record<string, unknown>;
  /** The right key over any claims and header members. */
  readonly sign: (claims: object, header?: object) => string;
  readonly attackerKey: KeyObject;
}

type Named = readonly (readonly [string, string])[];

function algorithms({ issuer, claims, header, sign, attackerKey }: Workshop): Named {
  const unsigned = (alg: unknown) => `${encodePart({ ...header, alg })}.${encodePart(claims)}.`;
  const { alg: _alg, ...headerWithoutAlg } = header;
  const [head = '', body = '', signature = ''] = sign({}).split('.');
  const jwk = issuer.jwks.keys[0];
  const confused = { ...header, alg: 'HS256' };
  const { privateKey: curveKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const otherBody = encodePart({ ...claims, permissions: { admin: true, write: true } });
  return [
    ...['none', 'None', 'nOnE', 'NONE', '', null].map((alg) => [`alg ${alg}`, unsigned(alg)] as const),
    ['alg missing', `${encodePart(headerWithoutAlg)}.${body}.${signature}`],
    ['alg none with the signature kept', `${encodePart({ ...header, alg: 'none' })}.${body}.${signature}`],
    ['HS256 with the public PEM', authenticatedWith(issuer.publicPem, confused, claims)],
    ['HS256 with the trimmed public PEM', authenticatedWith(issuer.publicPem.trim(), confused, claims)],
    ['HS256 with the JWK as JSON', authenticatedWith(JSON.stringify(jwk), confused, claims)],
    ['HS256 with the modulus', authenticatedWith(jwk?.n ?? '', confused, claims)],
    ['ES256 under the kid of an RSA key', signedWith(curveKey, { ...header, alg: 'ES256' }, claims)],
    ['ES256 named over an RSA signature', sign(claims, { alg: 'ES256' })],
    ['RS512 by the right key', signedWith(issuer.privateKey, { ...header, alg: 'RS512' }, claims, 'sha512')],
    ['signature stripped', `${head}.${body}.`],
    ['signature part missing', `${head}.${body}`],
    ['signature truncated', `${head}.${body}.${signature.slice(0, -8)}`],
    ['signature of another token', `${head}.${otherBody}.${signature}`],
    ['payload signed by another key', signedWith(attackerKey, header, claims)],
    ['only dots', '..'],
  ];
}

function foreignKeys({ options, claims, header, sign, attackerKey }: Workshop): Named {
  const jwk = createPublicKey(attackerKey).export({ format: 'jwk' });
  const byAttacker = (members: object) => signedWith(attackerKey, { ...header, ...members }, claims);
  const kids: readonly (readonly [string, unknown])[] = [
    ['a path', '../../dev/null'],
    ['SQL', `' UNION SELECT 'key' --`],
    ['an address', `${options.attackerUrl}/key`],
    ['10 kB long', 'k'.repeat(10_000)],
    ['a number', 1],
    ['an empty text', ''],
    ['null', null],
    ['a name of Object.prototype', '__proto__'],
    ['missing', undefined],
    ['unknown', 'unknown-key'],
  ];
  return [
    ['jku of the attacker', byAttacker({ jku: `${options.attackerUrl}/jwks.json` })],
    [
      'jku of the attacker, his kid',
      byAttacker({ jku: `${options.attackerUrl}/jwks.json`, kid: 'attacker' }),
    ],
    ['x5u of the attacker', byAttacker({ x5u: `${options.attackerUrl}/certificate.pem` })],
    ['x5c of the attacker', byAttacker({ x5c: ['MIIB'] })],
    ['jwk of the attacker', byAttacker({ jwk })],
    ['jwk of the attacker without kid', byAttacker({ jwk, kid: undefined })],
    ['unknown critical header', sign(claims, { crit: ['flyloft'], flyloft: true })],
    ...kids.map(([name, kid]) => [`kid ${name}`, sign(claims, { kid })] as const),
  ];
}

function otherKinds({ kind, claims, sign }: Workshop): Named {
  const types = ['JWT', kind.foreignType, 'at+jwt', 'logout+jwt', 'state+jwt', '', null, undefined];
  const name = (type: unknown) => `typ ${type === undefined ? 'missing' : type === '' ? 'empty' : type}`;
  // the other kind as auth itself makes it
  const foreign =
    kind === KINDS.user
      ? { aud: 'data-sets', service: 'data-sets', permissions: { admin: true } }
      : { aud: claims.iss, service: undefined, permissions: undefined };
  return [
    ...types.map((typ) => [name(typ), sign({}, { typ })] as const),
    [`a whole ${kind.foreignType}`, sign(foreign, { typ: kind.foreignType })],
    ['personal access token', 'fl_pat_0123456789ab_0123456789abcdefghijABCDEFGHIJ01012345'],
    ['garbage', 'not-a-token'],
  ];
}

function wrongParties({ issuer, options, sign }: Workshop): Named {
  const own = issuer.issuer;
  const issuers: readonly (readonly [string, unknown])[] = [
    ['missing', undefined],
    ['with a trailing slash', `${own}/`],
    ['in upper case', own.toUpperCase()],
    ['of another platform', 'https://staging.flyloft.test'],
    ['in a list', [own]],
  ];
  const audiences: readonly (readonly [string, unknown])[] = [
    ['missing', undefined],
    ['of another service', 'some-other-service'],
    ['a list without us', ['some-other-service', 'and-another']],
    ['an empty list', []],
    ['of the other kind', options.audience === own ? 'data-sets' : own],
    ['null', null],
  ];
  return [
    ...issuers.map(([name, iss]) => [`iss ${name}`, sign({ iss })] as const),
    ...audiences.map(([name, aud]) => [`aud ${name}`, sign({ aud })] as const),
  ];
}

function wrongTimes({ kind, sign }: Workshop): Named {
  const now = Math.floor(Date.now() / 1000);
  const hour = 3_600;
  const longest = kind.maxAgeDays * 24 * hour;
  const required = ['exp', 'iat', 'sub', 'jti', 'sid', 'userid', ...kind.ownClaims];
  return [
    ...required.map((claim) => [`${claim} missing`, sign({ [claim]: undefined })] as const),
    ...kind.ownClaims.map((claim) => [`${claim} as a list`, sign({ [claim]: ['write'] })] as const),
    ['expired by 6 s', sign({ iat: now - hour, exp: now - 6 })],
    ['exp as text', sign({ exp: String(now + hour) })],
    ['iat as text', sign({ iat: String(now) })],
    ['nbf in the future', sign({ nbf: now + hour })],
    ['iat in the future', sign({ iat: now + hour, exp: now + 2 * hour })],
    ['life of ten years', sign({ exp: now + 10 * 365 * 24 * hour })],
    ['life an hour too long', sign({ exp: now + longest + hour })],
    ['issued an hour too long ago', sign({ iat: now - longest - hour, exp: now + hour })],
    ['longer than 8 kB', sign({ padding: 'x'.repeat(8_192) })],
  ];
}

/** The matrix of auth.md part D, rows 1 to 5. Each token is right in everything but its name. */
export function forgedTokens(issuer: TestIssuer, options: ForgeryOptions): ForgedToken[] {
  const kind = KINDS[options.kind ?? 'service'];
  const permissions = { write: true, admin: true, 'datapackage-upload': true };
  const claims = {
    ...issuer.serviceClaims({ service: options.audience, permissions }),
    ...options.claims,
  };
  const workshop: Workshop = {
    kind,
    issuer,
    options,
    claims,
    header: { alg: 'RS256', typ: kind.type, kid: issuer.kid },
    sign: (changed, header = {}) =>
      issuer.serviceToken({ claims: { ...claims, ...changed }, header: { typ: kind.type, ...header } }),
    attackerKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  };
  const rows = [algorithms, foreignKeys, otherKinds, wrongParties, wrongTimes];
  return rows.flatMap((make, index) =>
    make(workshop).map(([name, token]) => ({
      // five makers, in the order of the rows
      row: (index + 1) as ForgedToken['row'],
      name,
      token,
    })),
  );
}
