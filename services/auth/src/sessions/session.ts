import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { User } from '../users/user.ts';

/** A session that is not revoked and not over, with its person. */
export interface LiveSession {
  readonly id: string;
  readonly expiresAt: Date;
  readonly user: User;
}

/** A session to be stored: all of it but the cookie's value. */
export interface NewSession {
  readonly id: string;
  readonly cookieHash: Uint8Array<ArrayBuffer>;
  readonly expiresAt: Date;
}

export interface SessionStore {
  readonly findLive: (id: string, now: Date) => Promise<LiveSession | undefined>;
  /** The session of a cookie, unless it lay idle for too long; remembers that it was seen. */
  readonly findByCookie: (hash: Uint8Array<ArrayBuffer>, now: Date) => Promise<LiveSession | undefined>;
  /**
   * Uses up a sign-in link and opens the session, both or neither. Undefined when the link is unknown,
   * of another purpose, used or expired.
   */
  readonly openByLink: (
    linkHash: Uint8Array<ArrayBuffer>,
    session: NewSession,
    now: Date,
    requestId: string,
  ) => Promise<User | undefined>;
}

/** The absolute life of a session (auth.md A1). */
export const SESSION_LIFE_SECONDS = 14 * 86_400;

/** How long a session may lie unused before its cookie is worth nothing. */
export const IDLE_SECONDS = 12 * 3_600;

const COOKIE_BYTES = 32;

/** What is kept of a cookie's value: 256 random bits need no slow hash. */
export function hashOfCookie(cookie: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash('sha256').update(cookie).digest());
}

/** A session that did not exist before: its id and its cookie are never taken from a request. */
export function createSession(now: Date): { cookie: string; session: NewSession } {
  const cookie = randomBytes(COOKIE_BYTES).toString('base64url');
  return {
    cookie,
    session: {
      id: randomUUID(),
      cookieHash: hashOfCookie(cookie),
      expiresAt: new Date(now.getTime() + SESSION_LIFE_SECONDS * 1000),
    },
  };
}
