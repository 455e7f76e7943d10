import type { CookieOptions } from 'express';
import { SESSION_LIFE_SECONDS } from './session.ts';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export interface Cookie {
  readonly name: string;
  readonly options: CookieOptions;
}

/**
 * A cookie's name and attributes (auth.md A1). `__Host-` and Secure need https; on a loopback address
 * without it, where nothing travels, a plain name does. Without a life it ends with the browser.
 */
export function cookieOf(origin: string, name: string, lifeSeconds?: number): Cookie {
  const { protocol, hostname } = new URL(origin);
  const plain = protocol === 'http:' && LOOPBACK.test(hostname);
  const life = lifeSeconds === undefined ? {} : { maxAge: lifeSeconds * 1000 };
  return {
    name: plain ? name : `__Host-${name}`,
    options: { path: '/', httpOnly: true, secure: !plain, sameSite: 'lax', ...life },
  };
}

export function sessionCookie(origin: string): Cookie {
  return cookieOf(origin, 'flyloft_session', SESSION_LIFE_SECONDS);
}
