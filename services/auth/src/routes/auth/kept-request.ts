import { findToken, ProblemError, problem, type TokenPlace, unauthorized } from '@flyloft/common';
import type { Request } from 'express';
import type { AuthPermission } from '../../permissions/permissions.ts';
import {
  findHolder,
  type Holder,
  type HolderSources,
  holderOfSession,
  reaches,
} from '../../tokens/holder.ts';
import { askerOf } from '../request-parts.ts';
import { sessionOfCookie } from './session-cookie.ts';

/** The three places where the kept endpoints of auth take a token (auth.md A7.2). */
const PLACES: readonly TokenPlace[] = ['authorization', 'auth-token', 'jwt'];

/** A parameter from the query or the form; empty counts as absent, as in the older systems. */
export function parameterOf(req: Request, name: string): string | undefined {
  const form: unknown = req.is('application/x-www-form-urlencoded') ? req.body : undefined;
  const fields: Record<string, unknown> = { ...(typeof form === 'object' ? form : {}), ...req.query };
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** `?strict=1`: errors as problem+json instead of 200 with the negative body (auth.md A7.10). */
export function isStrict(req: Request): boolean {
  return parameterOf(req, 'strict') === '1';
}

/**
 * The holder by token or, where there is none, by the session cookie of our own pages (auth.md A7.9).
 * @throws {ProblemError} 400 for two tokens that differ, 401 without a right token.
 */
export async function requireKeptHolder(
  req: Request,
  sources: HolderSources,
  origin: string,
): Promise<Holder> {
  const token = findToken(req, PLACES);
  if (token !== undefined) return findHolder(token, sources, askerOf(req));
  const session = await sessionOfCookie(req, origin, sources.sessions, sources.kratos, sources.now());
  if (session === undefined) throw unauthorized('token_missing');
  return holderOfSession(session);
}

export function requireScope(holder: Holder, scope: string): void {
  if (!reaches(holder, scope)) throw problem('permission_denied', `The token lacks the scope "${scope}"`);
}

/** Denied by default: a person without a role may not even this. */
export function requireOwnPermission({ user }: Holder, permission: AuthPermission): void {
  if (!user.permissions.has(permission))
    throw problem('permission_denied', `This needs the permission ${permission}`);
}

const REFUSALS = new Set([401, 403, 404]);

/**
 * Runs a kept endpoint's work. What refuses the caller becomes the negative body, as old clients
 * expect it, unless the request is strict; a request that is wrong in itself stays a 400.
 */
export async function keptAnswer<T, N>(req: Request, negative: N, work: () => Promise<T>): Promise<T | N> {
  try {
    return await work();
  } catch (error) {
    if (isStrict(req) || !(error instanceof ProblemError) || !REFUSALS.has(error.status)) throw error;
    return negative;
  }
}
