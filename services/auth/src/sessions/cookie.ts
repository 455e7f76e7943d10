import type { CookieOptions } from 'express';
import { SESSION_LIFE_SECONDS } from './session.ts';

const NAME = 'flyloft_session';
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The session cookie's name and attributes (auth.md A1). `__Host-` and Secure need https; on a
 * loopback address without it, where nothing travels, a plain name does.
 */
export function sessionCookie(origin: string): { name: string; options: CookieOptions } {
  const { protocol, hostname } = new URL(origin);
  const plain = protocol === 'http:' && LOOPBACK.test(hostname);
  return {
    name: plain ? NAME : `__Host-${NAME}`,
    options: {
      path: '/',
      httpOnly: true,
      secure: !plain,
      sameSite: 'lax',
      maxAge: SESSION_LIFE_SECONDS * 1000,
    },
  };
}
