import type { SecondFactors } from '../second-factor/second-factor.ts';
import { type LiveSession, SESSION_LIFE_SECONDS } from '../sessions/session.ts';
import type { SignInStore } from '../sign-in/sign-in-store.ts';
import { isSuspended, type User } from '../users/user.ts';
import type { UserStore } from '../users/user-store.ts';
import type { KratosSession } from './answers.ts';
import type { Kratos, KratosCredentials } from './kratos.ts';
import type { KeptSession, KratosStore } from './kratos-store.ts';
import { KRATOS, profileOf } from './profile.ts';

/** Who somebody with a session at Kratos is here. */
export type KratosFinding =
  /** There is no session, or it is over. */
  | { readonly is: 'nobody' }
  /** The session lacks the second step. */
  | { readonly is: 'second step' }
  /** It has ended here, and counts again when the person has proved anew who they are. */
  | { readonly is: 'ended' }
  | { readonly is: 'refused'; readonly detail: string }
  | { readonly is: 'signed in'; readonly session: LiveSession };

export interface Visitor {
  readonly requestId: string;
  readonly userAgent: string | null;
}

export interface KratosSessions {
  /** @throws {ProblemError} 503 while Kratos does not answer: nobody is taken for a stranger, or for anybody. */
  readonly find: (credentials: KratosCredentials, visitor: Visitor) => Promise<KratosFinding>;
}

interface Parts {
  readonly kratos: Pick<Kratos, 'whoami'>;
  readonly store: KratosStore;
  readonly users: Pick<UserStore, 'find'>;
  readonly signIns: Pick<SignInStore, 'enter'>;
  readonly secondFactors: Pick<SecondFactors, 'isOn'>;
  readonly now: () => Date;
}

/** A busy page costs one write a minute, not one a request. */
const SEEN_MILLISECONDS = 60_000;
const MAX_USER_AGENT = 300;
const SECOND_LEVEL = 'aal2';

/** How long a proof of who somebody is can last here (auth.md A1). */
const endOfLife = ({ authenticated_at: from }: KratosSession) =>
  new Date(from.getTime() + SESSION_LIFE_SECONDS * 1000);

/** Ours never lives longer than Kratos', nor than any session here. */
function expiryOf(session: KratosSession): Date {
  const [expiry, longest] = [session.expires_at, endOfLife(session)];
  return expiry !== undefined && expiry < longest ? expiry : longest;
}

const isActive = ({ active, expires_at: expiry, identity }: KratosSession, now: Date) =>
  active && (expiry === undefined || expiry > now) && identity.state === 'active';

/** Whether it has ended here, and the person has not proved anew who they are. */
function hasEnded(kept: KeptSession | undefined, said: KratosSession, now: Date): boolean {
  const revokedAt = kept?.revokedAt ?? null;
  return endOfLife(said) <= now || (revokedAt !== null && revokedAt >= said.authenticated_at);
}

/** Turns sessions at Kratos into sessions here (auth.md A4): each has one of ours, which tokens are made from. */
export function createKratosSessions({
  kratos,
  store,
  users,
  signIns,
  secondFactors,
  now,
}: Parts): KratosSessions {
  const confirm = async ({ session, lastSeenAt }: KeptSession, said: KratosSession): Promise<LiveSession> => {
    const isSame = session.authenticatedAt.getTime() === said.authenticated_at.getTime();
    if (isSame && now().getTime() - lastSeenAt.getTime() < SEEN_MILLISECONDS) return session;
    const confirmed = { authenticatedAt: said.authenticated_at, expiresAt: expiryOf(said) };
    await store.confirmSession(session.id, confirmed, now());
    return { ...session, ...confirmed };
  };
  const open = (said: KratosSession, userId: string, { requestId, userAgent }: Visitor) => {
    const session = {
      ...{ kratosId: said.id, identityId: said.identity.id, userId },
      ...{ authenticatedAt: said.authenticated_at, expiresAt: expiryOf(said) },
      userAgent: userAgent?.slice(0, MAX_USER_AGENT) ?? null,
    };
    return store.openSession(session, now(), requestId);
  };
  /** The person of an identity, who is made where there is none; undefined when they were deleted here. */
  const meet = async ({ identity }: KratosSession, { requestId }: Visitor): Promise<User | undefined> => {
    if (await store.isDeleted(identity.id)) return undefined;
    const userId = await signIns.enter(KRATOS, profileOf(identity), true, { requestId });
    return userId === undefined ? undefined : users.find(userId);
  };
  return {
    find: async (credentials, visitor) => {
      const said = await kratos.whoami(credentials);
      if (said === 'second step') return { is: 'second step' };
      if (said === 'nobody' || !isActive(said, now())) return { is: 'nobody' };
      const kept = await store.findSession(said.id);
      const ended = hasEnded(kept, said, now());
      const live = kept?.revokedAt === null ? kept : undefined;
      const user = kept && (live || ended) ? kept.session.user : await meet(said, visitor);
      if (user === undefined) return { is: 'refused', detail: 'This account was deleted' };
      if (user.suspendedUntil !== null && isSuspended(user, now())) {
        const until = user.suspendedUntil.toISOString().slice(0, 10);
        return { is: 'refused', detail: `You are shut out until ${until}` };
      }
      if (ended) return { is: 'ended' };
      // Who has set up a second step here is not let in by less because of another door.
      const isWeak =
        said.authenticator_assurance_level !== SECOND_LEVEL && (await secondFactors.isOn(user.id));
      if (isWeak) return { is: 'second step' };
      return {
        is: 'signed in',
        session: live ? await confirm(live, said) : await open(said, user.id, visitor),
      };
    },
  };
}
