import { problem } from '@flyloft/common';
import { parseCookie } from 'cookie';
import type { Request, Response } from 'express';
import { hashOfSecret, randomSecret } from '../../random-secret.ts';
import { cookieOf, sessionCookie } from '../../sessions/cookie.ts';
import { hashOfCookie, type LiveSession } from '../../sessions/session.ts';
import type { SignInDependencies } from '../../sign-in/sign-in-service.ts';
import { kratosSessionOf } from '../kratos/kratos-session.ts';

/** Who shows our pages: one browser, and the session it has, if it has one. */
export interface Browser {
  /** What a sign-in through a provider is bound to. */
  readonly hash: Uint8Array<ArrayBuffer>;
  readonly session: LiveSession | undefined;
  readonly csrfToken: string;
}

type BrowserDependencies = Pick<SignInDependencies, 'origin' | 'sessions' | 'csrf' | 'kratos' | 'now'>;

const BROWSER_COOKIE = 'flyloft_browser';
const SECRET = /^[\w-]{43}$/;

export function cookieValue(req: Request, name: string): string | undefined {
  return parseCookie(req.get('cookie') ?? '')[name];
}

/** The secret of the browser's own cookie, which it gets at the first page. */
export function browserIdOf(req: Request, res: Response, origin: string): string {
  const cookie = cookieOf(origin, BROWSER_COOKIE);
  const given = cookieValue(req, cookie.name);
  if (given !== undefined && SECRET.test(given)) return given;
  const id = randomSecret();
  res.cookie(cookie.name, id, cookie.options);
  return id;
}

/** What names the browser of a request; nobody's where it has no cookie yet. */
export function browserHashOf(req: Request, origin: string): Uint8Array<ArrayBuffer> {
  return hashOfSecret(cookieValue(req, cookieOf(origin, BROWSER_COOKIE).name) ?? '');
}

function ownSession(req: Request, deps: BrowserDependencies): Promise<LiveSession | undefined> {
  const value = cookieValue(req, sessionCookie(deps.origin).name);
  return value === undefined
    ? Promise.resolve(undefined)
    : deps.sessions.findByCookie(hashOfCookie(value), deps.now());
}

/**
 * The browser of a request, which gets its cookie at the first page. Unlike at the kept endpoints the
 * session counts wherever a link to the page stood: no other site can read what is on it.
 */
export async function browserOf(req: Request, res: Response, deps: BrowserDependencies): Promise<Browser> {
  const id = browserIdOf(req, res, deps.origin);
  const session = (await kratosSessionOf(req, deps.kratos)) ?? (await ownSession(req, deps));
  return {
    hash: hashOfSecret(id),
    session,
    csrfToken: deps.csrf.tokenFor(id, session?.id),
  };
}

/** Browsers say where a form was sent from, in one header or the other; who says nothing is no browser. */
function isFromOurPages(req: Request, origin: string): boolean {
  const site = req.get('sec-fetch-site');
  return site === undefined ? req.get('origin') === origin : site === 'same-origin';
}

/** A field of the form that was sent; none counts as empty. */
export function fieldOf(req: Request, name: string): string {
  const form: unknown = req.body;
  const fields = typeof form === 'object' && form !== null ? (form as Record<string, unknown>) : {};
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/**
 * The browser that one of our own forms (or scripts on our origin) comes from (auth.md D18).
 * @throws {ProblemError} 403 when it comes from elsewhere, or its token is not this browser's and session's.
 */
export async function requireForm(req: Request, res: Response, deps: BrowserDependencies): Promise<Browser> {
  const again = 'Go back, load the page again and send the form once more.';
  if (!isFromOurPages(req, deps.origin)) throw problem('form_expired', again);
  const browser = await browserOf(req, res, deps);
  const token = req.get('x-csrf-token') ?? fieldOf(req, 'csrf_token');
  const id = cookieValue(req, cookieOf(deps.origin, BROWSER_COOKIE).name) ?? '';
  if (!deps.csrf.matches(token, id, browser.session?.id)) throw problem('form_expired', again);
  return browser;
}
