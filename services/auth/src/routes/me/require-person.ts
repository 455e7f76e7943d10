import { findToken, problem, unauthorized } from '@flyloft/common';
import { requestIdOf } from '@flyloft/service-kit';
import type { RequestHandler, Response } from 'express';
import type { AuditContext } from '../../audit/audit.ts';
import { isFresh } from '../../sessions/session.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { findHolder, type Holder, type HolderSources, holderOfSession } from '../../tokens/holder.ts';
import { requireOwnPermission, requireScope } from '../auth/kept-request.ts';
import { sessionOfCookie } from '../auth/session-cookie.ts';
import { browserOf, requireForm } from '../pages/browser.ts';
import { askerOf } from '../request-parts.ts';

export interface OwnDataDependencies extends SignInDependencies {
  readonly sources: HolderSources;
}

const READING = new Set(['GET', 'HEAD']);

/**
 * Passes people who ask for what is their own: by a token, or by the cookie of our own pages, which
 * needs the CSRF token for every change. GET answers carry that token in `X-CSRF-Token`.
 */
export function requirePerson(deps: OwnDataDependencies): RequestHandler {
  return async (req, res, next) => {
    const permission = READING.has(req.method) ? 'profile:read:own' : 'profile:update:own';
    const token = findToken(req, ['authorization']);
    if (token !== undefined) {
      const holder = await findHolder(token, deps.sources, askerOf(req));
      requireScope(holder, 'profile');
      requireOwnPermission(holder, permission);
      res.locals.holder = holder;
      return next();
    }
    const session = await sessionOfCookie(req, deps.origin, deps.sessions, deps.kratos, deps.now());
    if (session === undefined) throw unauthorized('token_missing');
    const { csrfToken } = await (READING.has(req.method) ? browserOf : requireForm)(req, res, deps);
    res.setHeader('X-CSRF-Token', csrfToken);
    const holder = holderOfSession(session);
    requireOwnPermission(holder, permission);
    res.locals.holder = holder;
    next();
  };
}

/** The person that `requirePerson` let pass. */
export function personOf(res: Response): Holder {
  // set by requirePerson, which stands before every handler that asks
  return res.locals.holder as Holder;
}

export function contextOf(res: Response): AuditContext {
  return { actor: personOf(res).user.id, requestId: requestIdOf(res) };
}

/**
 * For what could not be undone (auth.md D15, D17).
 * @throws {ProblemError} 403 for a personal access token, and for a session whose sign-in is too long ago.
 */
export function requireFresh(res: Response, now: Date): void {
  const { session } = personOf(res);
  if (session === undefined)
    throw problem('permission_denied', 'A personal access token cannot do this: sign in');
  if (!isFresh(session, now)) {
    throw problem(
      'reauthentication_needed',
      'Your sign-in is more than 15 minutes old: sign in again at /auth/login?reason=again',
    );
  }
}
