import { problem } from '@flyloft/common';
import type { AppRole } from '../apps/app.ts';
import type { LiveSession } from '../sessions/session.ts';
import { isSuspended, type User } from '../users/user.ts';
import { tokenClaims } from './claims.ts';
import { type AcceptConsent, type ConsentRequest, type Rejection, refusal } from './requests.ts';

/** Somebody's way into an application; `role` is undefined for one that is let in without being registered. */
export type Entry =
  | { readonly allowed: true; readonly role: AppRole | undefined }
  | { readonly allowed: false; readonly reason: string };

export type ConsentDecision =
  | { readonly do: 'accept'; readonly answer: AcceptConsent }
  | { readonly do: 'reject'; readonly why: Rejection; readonly audit: string }
  | { readonly do: 'sign in' }
  | { readonly do: 'ask'; readonly user: User };

interface ConsentFacts {
  /** Undefined when there is no such person any more. */
  readonly subject: User | undefined;
  readonly session: LiveSession | undefined;
  readonly entry: Entry;
  readonly now: Date;
}

/** The longest that an answer is remembered. */
const REMEMBER_SECONDS = 30 * 86_400;

/** What is granted, with what the application learns by it from the database as it is now (C5, C6, C8, C10). */
export function grant(
  request: ConsentRequest,
  {
    user,
    role,
    scopes,
    remember,
  }: {
    readonly user: User;
    readonly role: AppRole | undefined;
    readonly scopes: readonly string[];
    readonly remember: boolean;
  },
): AcceptConsent {
  return {
    grant_scope: scopes,
    grant_access_token_audience: request.requested_access_token_audience,
    session: tokenClaims(user, role, scopes),
    remember,
    ...(remember ? { remember_for: REMEMBER_SECONDS } : {}),
  };
}

/** What becomes of a consent request before anybody is asked (auth.md B3.4: C1–C3). */
export function decideConsent(
  request: ConsentRequest,
  { subject, session, entry, now }: ConsentFacts,
): ConsentDecision {
  const reject = (audit: string, description: string): ConsentDecision => ({
    ...{ do: 'reject', why: refusal(description), audit },
  });
  if (subject === undefined || isSuspended(subject, now)) {
    return reject('account', 'The account is closed or shut out');
  }
  if (session !== undefined && session.user.id !== subject.id) {
    return reject('another person', 'Somebody else is signed in here by now');
  }
  if (!entry.allowed) return reject(entry.reason, 'The account has no access to this application');
  if (request.skip || request.client.skip_consent) {
    const scopes = request.requested_scope;
    return {
      do: 'accept',
      answer: grant(request, { user: subject, role: entry.role, scopes, remember: false }),
    };
  }
  // Hydra may know the browser for longer than we do; who says yes has to be signed in.
  return session === undefined ? { do: 'sign in' } : { do: 'ask', user: subject };
}

/**
 * The scopes that somebody ticked; undefined when they let go of all, or of being signed in (C7).
 * @throws {ProblemError} 400 for a scope that was not asked for (C4).
 */
export function chosenScopes(
  { requested_scope: requested }: ConsentRequest,
  posted: readonly string[],
): readonly string[] | undefined {
  const foreign = posted.filter((scope) => !requested.includes(scope));
  if (foreign.length > 0) throw problem('bad_request', 'The application did not ask for all that was sent');
  const chosen = requested.filter((scope) => posted.includes(scope));
  const refused = requested.includes('openid') && !chosen.includes('openid');
  return refused || (requested.length > 0 && chosen.length === 0) ? undefined : chosen;
}
