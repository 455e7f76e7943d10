import { randomUUID } from 'node:crypto';
import { TOKEN_TYPES } from '@flyloft/common';
import { SignJWT } from 'jose';
import type { KeyRing } from '../keys/key-ring.ts';
import type { LiveSession } from '../sessions/session.ts';
import { together } from '../together.ts';
import type { User } from '../users/user.ts';
import type { Holder } from './holder.ts';

export interface TokenIssuer {
  /** The answer of `/auth/authorize`: RS256, made out to one service, dead with its session or PAT. */
  readonly serviceToken: (holder: Holder, service: string, permissions: object) => Promise<string>;
  /** Proves who to auth itself; 14 days, but dead with its session. */
  readonly userToken: (session: LiveSession) => Promise<string>;
}

export interface TokenIssuerOptions {
  /** The bare public origin. */
  readonly issuer: string;
  readonly keyRing: Pick<KeyRing, 'active'>;
  readonly serviceTokenSeconds: number;
  /** What extensions add; names of their own, so nothing of ours is ever replaced. */
  readonly extraClaims?:
    | ((user: User, service: string) => Promise<Readonly<Record<string, unknown>>>)
    | undefined;
  readonly now: () => Date;
}

const USER_TOKEN_SECONDS = 14 * 86_400;

/**
 * Signatures are made by the thread pool. Those of one turn are answered together: requests that go on together share
 * the statements of what comes next, and a service token costs a third less of the main thread (bench, case auth).
 */
const signTogether = () =>
  together((asked: readonly (() => Promise<string>)[]) => Promise.all(asked.map((sign) => sign())));

export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { issuer, keyRing, now } = options;
  const queueSignature = signTogether();
  const sign = (type: string, claims: Record<string, unknown>, lifeSeconds: number, diesAt: Date) => {
    const key = keyRing.active;
    const issuedAt = Math.floor(now().getTime() / 1000);
    const expiry = Math.min(issuedAt + lifeSeconds, Math.floor(diesAt.getTime() / 1000));
    const token = new SignJWT({ ...claims, iss: issuer, iat: issuedAt, exp: expiry, jti: randomUUID() });
    token.setProtectedHeader({ alg: 'RS256', typ: type, kid: key.kid });
    return queueSignature(() => token.sign(key.privateKey));
  };
  return {
    serviceToken: async ({ user, sid, diesAt }, service, permissions) => {
      const extra = await options.extraClaims?.(user, service);
      const claims = { ...extra, sub: user.id, aud: service, sid, userid: user.idhash, permissions, service };
      return sign(TOKEN_TYPES.service, claims, options.serviceTokenSeconds, diesAt);
    },
    userToken: ({ id, user, expiresAt }) => {
      const claims = { sub: user.id, aud: issuer, sid: id, userid: user.idhash };
      return sign(TOKEN_TYPES.user, claims, USER_TOKEN_SECONDS, expiresAt);
    },
  };
}
