import { createHash } from 'node:crypto';
import { type OutsideTokens, ProblemError, type UserTokenVerifier, unauthorized } from '@flyloft/common';
import type { KratosSide } from '../kratos/kratos-mode.ts';
import type { Visitor } from '../kratos/kratos-sessions.ts';
import { sessionOfToken } from '../kratos/session-of-token.ts';
import type { Limits } from '../limits/limits.ts';
import type { LiveSession, SessionStore } from '../sessions/session.ts';
import type { OutsideUsers } from '../users/outside-users.ts';
import { isSuspended, type User } from '../users/user.ts';
import { isPersonalAccessToken, parsePersonalAccessToken, secretMatches } from './personal-access-token.ts';
import { ALL_SCOPES, includesScope } from './scopes.ts';
import type { TokenStore } from './token-store.ts';

const USED_RESOLUTION_MILLISECONDS = 60_000;

/** Whose token a request carries, and how far it reaches. */
export interface Holder {
  readonly user: User;
  /** The session, or `pat:<id>`: what revocation names. */
  readonly sid: string;
  /** Nothing made from this token may live longer. */
  readonly diesAt: Date;
  readonly scopes: readonly string[];
  /** May create tokens: a session may, and of personal access tokens the start-up one alone (A7.4). */
  readonly mayCreateTokens: boolean;
  /** None for a personal access token. */
  readonly session: LiveSession | undefined;
}

/** Who shows a token. */
export interface Asker extends Visitor {
  /** Where the request came from. */
  readonly address: string;
}

export interface HolderSources {
  readonly userTokens: UserTokenVerifier;
  readonly sessions: SessionStore;
  readonly personalAccessTokens: TokenStore;
  /** Tokens of other issuers, taken wherever a user token is. */
  readonly outsideTokens: OutsideTokens;
  readonly outsideUsers: OutsideUsers;
  /** Whose session tokens are taken there, too. */
  readonly kratos: KratosSide | undefined;
  readonly limits: Pick<Limits, 'wrongTokens'>;
  readonly now: () => Date;
}

// A token that is used a thousand times a second still costs one write a minute.
function usedLately(lastUsedAt: Date | null, now: Date): boolean {
  return lastUsedAt !== null && now.getTime() - lastUsedAt.getTime() < USED_RESOLUTION_MILLISECONDS;
}

async function holderOfPersonalAccessToken(
  text: string,
  sources: HolderSources,
  address: string,
): Promise<Holder> {
  const { personalAccessTokens, now } = sources;
  const parsed = parsePersonalAccessToken(text);
  const token = parsed && (await personalAccessTokens.find(parsed.id));
  if (!parsed || !token || !secretMatches(parsed.secret, token.secretHash)) {
    // Only what is wrong is counted: a right token costs no more, and works for its owner all the same.
    await sources.limits.wrongTokens.count(address);
    throw unauthorized('token_invalid');
  }
  if (token.revokedAt !== null) throw unauthorized('token_revoked');
  if (token.expiresAt <= now()) throw unauthorized('token_expired');
  if (isSuspended(token.user, now())) throw unauthorized('token_revoked', 'Its owner is suspended');
  if (!usedLately(token.lastUsedAt, now())) await personalAccessTokens.markUsed(token.id, now());
  return {
    user: token.user,
    sid: `pat:${token.id}`,
    diesAt: token.expiresAt,
    scopes: token.scopes,
    mayCreateTokens: token.startUp,
    session: undefined,
  };
}

/** A session's holder, whether a cookie or a user token names it. */
export function holderOfSession(session: LiveSession): Holder {
  return {
    user: session.user,
    sid: session.id,
    diesAt: session.expiresAt,
    scopes: [ALL_SCOPES],
    mayCreateTokens: true,
    session,
  };
}

async function holderOfUserToken(text: string, sources: HolderSources): Promise<Holder> {
  const claims = await sources.userTokens.verify(text);
  const session = await sources.sessions.findLive(claims.sid, sources.now());
  // The signature proves that there was a session; only its row says that there still is.
  if (session === undefined || session.user.id !== claims.sub) throw unauthorized('token_revoked');
  return holderOfSession(session);
}

async function holderOfOutsideToken(text: string, sources: HolderSources): Promise<Holder> {
  const { iss, sub, exp } = await sources.outsideTokens.verify(text);
  const user = await sources.outsideUsers.find(iss, sub);
  if (user === undefined) throw unauthorized('token_unknown_user', 'Register first: POST /users');
  if (isSuspended(user, sources.now())) throw unauthorized('token_revoked', 'Its owner is suspended');
  return {
    user,
    // No session of ours stands behind it: what ends it is the person's own revocation, or its hour.
    sid: `outside:${createHash('sha256').update(text).digest('hex')}`,
    diesAt: new Date(exp * 1000),
    scopes: [ALL_SCOPES],
    mayCreateTokens: false,
    session: undefined,
  };
}

/** Unlike a token of ours, which is three parts with dots between them. */
const KRATOS_TOKEN = /^[\w~+/=-]{8,512}$/;

async function holderOfKratosToken(text: string, kratos: KratosSide, sources: HolderSources, asker: Asker) {
  try {
    return holderOfSession(await sessionOfToken(text, kratos, asker));
  } catch (error) {
    // Each wrong one is a question to Kratos.
    if (error instanceof ProblemError && error.status === 401)
      await sources.limits.wrongTokens.count(asker.address);
    throw error;
  }
}

/**
 * The holder of a user token, a personal access token, a trusted issuer's token or a session token of Kratos'.
 * @throws {ProblemError} 401 with a code for each reason; 429 for too many wrong ones from one address.
 */
export function findHolder(token: string, sources: HolderSources, asker: Asker): Promise<Holder> {
  if (isPersonalAccessToken(token)) return holderOfPersonalAccessToken(token, sources, asker.address);
  if (sources.outsideTokens.isOutside(token)) return holderOfOutsideToken(token, sources);
  const { kratos } = sources;
  if (kratos && KRATOS_TOKEN.test(token)) return holderOfKratosToken(token, kratos, sources, asker);
  return holderOfUserToken(token, sources);
}

/** True when the token may be used for this (auth.md A7.4). */
export function reaches(holder: Holder, scope: string): boolean {
  return includesScope(holder.scopes, scope);
}
