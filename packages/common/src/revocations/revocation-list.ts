import { type Revocation, revocationSubject } from './revocation-page.ts';

/** What of a verified token revocation can name. */
export interface RevocableToken {
  /** The session, or `pat:<id>`. */
  readonly sid: string;
  /** The person; undefined where only the session counts (user tokens carry no rights). */
  readonly sub?: string | undefined;
  /** Epoch seconds. */
  readonly iat: number;
  readonly keyId: string;
}

/** What a service knows to be revoked. */
export interface RevocationList {
  readonly add: (revocations: readonly Revocation[]) => void;
  readonly isRevoked: (token: RevocableToken) => boolean;
  /** Forgets what is over. */
  readonly sweep: (now: number) => void;
  readonly size: () => number;
}

interface Subjects {
  readonly session: string;
  readonly user: string | undefined;
  readonly key: string;
}

export function createRevocationList(): RevocationList {
  const known = new Map<string, { revokedAt: number; expiresAt: number }>();
  // A token is asked about at every request: three hashes the first time, none later.
  const subjects = new WeakMap<RevocableToken, Subjects>();
  const subjectsOf = (token: RevocableToken): Subjects => {
    const before = subjects.get(token);
    if (before !== undefined) return before;
    const { sid, sub, keyId } = token;
    const made = {
      session: `session ${revocationSubject(sid)}`,
      user: sub === undefined ? undefined : `user ${revocationSubject(sub)}`,
      key: `key ${revocationSubject(keyId)}`,
    };
    subjects.set(token, made);
    return made;
  };
  return {
    add: (revocations) => {
      for (const { kind, subject, revoked_at, expires_at } of revocations) {
        const name = `${kind} ${subject}`;
        const revokedAt = Math.max(Date.parse(revoked_at), known.get(name)?.revokedAt ?? 0);
        known.set(name, { revokedAt, expiresAt: Date.parse(expires_at) });
      }
    },
    isRevoked: (token) => {
      if (known.size === 0) return false;
      const { session, user, key } = subjectsOf(token);
      if (known.has(session) || known.has(key)) return true;
      const person = user === undefined ? undefined : known.get(user);
      // A token of the same second counts as older: when in doubt, it has to be asked for again.
      return person !== undefined && token.iat * 1000 <= person.revokedAt;
    },
    sweep: (now) => {
      for (const [name, { expiresAt }] of known) if (expiresAt < now) known.delete(name);
    },
    size: () => known.size,
  };
}
