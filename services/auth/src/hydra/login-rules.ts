import { IDLE_SECONDS, type LiveSession } from '../sessions/session.ts';
import { isSuspended, type User } from '../users/user.ts';
import { type AcceptLogin, type LoginRequest, type Rejection, refusal } from './requests.ts';

export type LoginDecision =
  | { readonly do: 'accept'; readonly answer: AcceptLogin }
  | { readonly do: 'reject'; readonly why: Rejection }
  | { readonly do: 'ask' };

interface LoginFacts {
  /** Whom Hydra knows the browser to be; undefined when there is no such person any more. */
  readonly known: User | undefined;
  readonly session: LiveSession | undefined;
  /** When this browser first came with the challenge. */
  readonly begunAt: Date;
  readonly now: Date;
}

function parametersOf(requestUrl: string): URLSearchParams {
  return URL.canParse(requestUrl) ? new URL(requestUrl).searchParams : new URLSearchParams();
}

/** Whether the application wants a fresh proof of who somebody is, and this session is none (L7). */
function isTooOld(request: LoginRequest, session: LiveSession, begunAt: Date, now: Date): boolean {
  const { authenticatedAt } = session;
  if (authenticatedAt >= begunAt) return false;
  const parameters = parametersOf(request.request_url);
  const prompts = (parameters.get('prompt') ?? '').split(' ');
  if (prompts.includes('login') || prompts.includes('select_account')) return true;
  const maxAge = parameters.get('max_age');
  if (maxAge === null) return false;
  const seconds = (now.getTime() - authenticatedAt.getTime()) / 1000;
  // What is no number is a demand that cannot be read: then it is the strictest.
  return !(seconds <= Number(maxAge)) || Number(maxAge) === 0;
}

/** How long Hydra may go on without asking us: no longer than an unused session lasts here (auth.md A1). */
function rememberSeconds({ expiresAt }: LiveSession, now: Date): number {
  const left = Math.floor((expiresAt.getTime() - now.getTime()) / 1000);
  return Math.max(1, Math.min(IDLE_SECONDS, left));
}

/** What becomes of a login request (auth.md B3.4: L6–L8). */
export function decideLogin(
  request: LoginRequest,
  { known, session, begunAt, now }: LoginFacts,
): LoginDecision {
  if (request.skip) {
    // Hydra has asked before. The same subject has to be sent, and nothing of remembering.
    return known && !isSuspended(known, now)
      ? { do: 'accept', answer: { subject: request.subject } }
      : { do: 'reject', why: refusal('The account is closed or shut out') };
  }
  if (session === undefined || isTooOld(request, session, begunAt, now)) return { do: 'ask' };
  const remembered = { remember: true, remember_for: rememberSeconds(session, now) };
  return { do: 'accept', answer: { subject: session.user.id, ...remembered } };
}
