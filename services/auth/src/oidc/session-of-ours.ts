import type Provider from 'oidc-provider';
import type { Session } from 'oidc-provider';
import type { LiveSession } from '../sessions/session.ts';
import type { SessionOf } from './dependencies.ts';

const touch = (session: Session) => {
  // The provider stores a session that is marked so.
  Object.defineProperty(session, 'touched', { writable: true, configurable: true, value: true });
};

/** Makes the provider's session that of the person who is signed in with us. */
function adopt(session: Session, own: LiveSession): void {
  const loginTs = Math.floor(own.authenticatedAt.getTime() / 1000);
  const isSame = session.accountId === own.user.id;
  if (isSame && session.loginTs === loginTs) return;
  // Grants of somebody else are not taken over.
  if (!isSame) session.authorizations = {};
  session.loginAccount({ accountId: own.user.id, loginTs });
  touch(session);
}

/**
 * Lets the provider's sessions follow ours: who is signed in with us is signed in there, and nobody else.
 * Signing out, suspension and time-outs then need no second place where they count.
 */
export function followOurSessions(provider: Provider, sessionOf: SessionOf): void {
  const get = provider.Session.get.bind(provider.Session);
  provider.Session.get = async (ctx) => {
    const session = await get(ctx);
    const own = sessionOf(ctx.req);
    if (own !== undefined) {
      adopt(session, own);
      return session;
    }
    if (session.accountId === undefined) return session;
    const anonymous = new provider.Session();
    if (ctx.oidc !== undefined) ctx.oidc.entity('Session', anonymous);
    return anonymous;
  };
}
