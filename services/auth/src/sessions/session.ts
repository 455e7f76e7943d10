import { randomUUID } from 'node:crypto';
import type { AuditContext } from '../audit/audit.ts';
import { hashOfSecret, randomSecret } from '../random-secret.ts';
import type { User } from '../users/user.ts';

/** A session that is not revoked and not over, with its person. */
export interface LiveSession {
  readonly id: string;
  readonly expiresAt: Date;
  /** When the person last proved who they are. */
  readonly authenticatedAt: Date;
  readonly user: User;
}

/** A session to be stored: all of it but the cookie's value. */
export interface NewSession {
  readonly id: string;
  readonly cookieHash: Uint8Array<ArrayBuffer>;
  readonly expiresAt: Date;
}

/** How a session came about, for its owner to recognise it. */
export interface SignIn {
  readonly userId: string;
  /** `password`, `link`, or a provider's name. */
  readonly method: string;
  readonly userAgent: string | null;
  /** What the browser had before: the same person's session goes on under the new cookie, another's ends. */
  readonly replaces: Uint8Array<ArrayBuffer> | undefined;
}

export interface ListedSession {
  readonly id: string;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly method: string;
  readonly userAgent: string | null;
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
  ) => Promise<LiveSession | undefined>;
  readonly open: (session: NewSession, signIn: SignIn, now: Date, requestId: string) => Promise<LiveSession>;
  /** A person's live sessions, the one that was seen last first. */
  readonly list: (userId: string, now: Date) => Promise<ListedSession[]>;
  /** False when the person has no such live session. */
  readonly revoke: (userId: string, id: string, now: Date, context: AuditContext) => Promise<boolean>;
  /** Ends all of a person's sessions but one; answers how many. */
  readonly revokeOthers: (
    userId: string,
    keep: string | undefined,
    now: Date,
    context: AuditContext,
  ) => Promise<number>;
}

/** The absolute life of a session (auth.md A1). */
export const SESSION_LIFE_SECONDS = 14 * 86_400;

/** How long a session may lie unused before its cookie is worth nothing. */
export const IDLE_SECONDS = 12 * 3_600;

/** How long after a sign-in dangerous changes need no other one (auth.md D15, D17). */
const FRESH_MILLISECONDS = 15 * 60_000;

/** What is kept of a cookie's value. */
export const hashOfCookie = hashOfSecret;

/** A session that did not exist before: its id and its cookie are never taken from a request. */
export function createSession(now: Date): { cookie: string; session: NewSession } {
  const cookie = randomSecret();
  return {
    cookie,
    session: {
      id: randomUUID(),
      cookieHash: hashOfCookie(cookie),
      expiresAt: new Date(now.getTime() + SESSION_LIFE_SECONDS * 1000),
    },
  };
}

/** True while a person has proved lately who they are. */
export function isFresh({ authenticatedAt }: Pick<LiveSession, 'authenticatedAt'>, now: Date): boolean {
  return now.getTime() - authenticatedAt.getTime() < FRESH_MILLISECONDS;
}
