import { problem } from '@flyloft/common';
import { requestIdOf } from '@flyloft/service-kit';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { cookieOf, sessionCookie } from '../../sessions/cookie.ts';
import { createSession, hashOfCookie } from '../../sessions/session.ts';
import { addressAfterSignIn, type SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { isSuspended } from '../../users/user.ts';
import { cookieValue } from './browser.ts';

/** Who has proved who they are, how, and where they want to go. */
const signedInSchema = z.object({ userId: z.uuid(), method: z.string(), next: z.string().optional() });

export type SignedIn = z.output<typeof signedInSchema>;

const TICKET_COOKIE = 'flyloft_second_step';
const TICKET_SECONDS = 300;
const TICKET_LABEL = 'second step';
const MAX_USER_AGENT = 300;

const ticketSchema = signedInSchema.extend({ expires: z.number() });

const ticketCookie = (origin: string) => cookieOf(origin, TICKET_COOKIE, TICKET_SECONDS);

function giveTicket(res: Response, deps: SignInDependencies, signedIn: SignedIn): void {
  const expires = deps.now().getTime() + TICKET_SECONDS * 1000;
  const sealed = deps.box.seal(Buffer.from(JSON.stringify({ ...signedIn, expires })), TICKET_LABEL);
  const { name, options } = ticketCookie(deps.origin);
  res.cookie(name, Buffer.from(sealed).toString('base64url'), options);
}

/**
 * Who has done the first step in this browser and still has to show a code.
 * @throws {ProblemError} 403 when that was too long ago, or never.
 */
export function ticketOf(req: Request, deps: SignInDependencies): SignedIn {
  const expired = () => problem('form_expired', 'That took too long. Begin the sign-in again.');
  try {
    const value = cookieValue(req, ticketCookie(deps.origin).name) ?? '';
    const plain = deps.box.open(Buffer.from(value, 'base64url'), TICKET_LABEL);
    const { expires, ...signedIn } = ticketSchema.parse(JSON.parse(Buffer.from(plain).toString()));
    if (expires > deps.now().getTime()) return signedIn;
  } catch (cause) {
    throw problem('form_expired', 'That took too long. Begin the sign-in again.', { cause });
  }
  throw expired();
}

/** Opens a session, always under a new id (auth.md D16), and sends the person on. */
export async function openSession(
  req: Request,
  res: Response,
  deps: SignInDependencies,
  { userId, method, next }: SignedIn,
): Promise<void> {
  const { origin, sessions, now } = deps;
  const user = await deps.users.find(userId);
  if (user?.suspendedUntil && isSuspended(user, now())) {
    throw problem(
      'permission_denied',
      `You are shut out until ${user.suspendedUntil.toISOString().slice(0, 10)}`,
    );
  }
  const cookie = sessionCookie(origin);
  const before = cookieValue(req, cookie.name);
  const opened = createSession(now());
  const signIn = {
    ...{ userId, method, userAgent: req.get('user-agent')?.slice(0, MAX_USER_AGENT) ?? null },
    replaces: before === undefined ? undefined : hashOfCookie(before),
  };
  const session = await sessions.open(opened.session, signIn, now(), requestIdOf(res));
  res.cookie(cookie.name, opened.cookie, cookie.options);
  const ticket = ticketCookie(origin);
  if (cookieValue(req, ticket.name) !== undefined) res.clearCookie(ticket.name, ticket.options);
  res.redirect(req.method === 'POST' ? 303 : 302, await addressAfterSignIn(deps, session, next));
}

/** The first step is done: on to the second one where the person has it. */
export async function finishSignIn(
  req: Request,
  res: Response,
  deps: SignInDependencies,
  signedIn: SignedIn,
): Promise<void> {
  if (!(await deps.secondFactors.isOn(signedIn.userId))) return openSession(req, res, deps, signedIn);
  giveTicket(res, deps, signedIn);
  res.redirect(req.method === 'POST' ? 303 : 302, '/auth/login/code');
}
