import { createHash } from 'node:crypto';
import { type OutsideTokens, type UserTokenVerifier, unauthorized } from '@flyloft/common';
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

export interface HolderSources {
  readonly userTokens: UserTokenVerifier;
  readonly sessions: SessionStore;
  readonly personalAccessTokens: TokenStore;
  /** Tokens of other issuers, taken wherever a user token is. */
  readonly outsideTokens: OutsideTokens;
  readonly outsideUsers: OutsideUsers;
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

/**
 * The holder of a user token, a personal access token or a trusted issuer's token.
 * `address` is where the request came from.
 * @throws {ProblemError} 401 with a code for each reason; 429 for too many wrong ones from one address.
 */
export function findHolder(token: string, sources: HolderSources, address = ''): Promise<Holder> {
  if (isPersonalAccessToken(token)) return holderOfPersonalAccessToken(token, sources, address);
  if (sources.outsideTokens.isOutside(token)) return holderOfOutsideToken(token, sources);
  return holderOfUserToken(token, sources);
}

/** True when the token may be used for this (auth.md A7.4). */
export function reaches(holder: Holder, scope: string): boolean {
  return includesScope(holder.scopes, scope);
}
