import { describe, expect, it } from '@jest/globals';
import { sessionCookie } from './cookie.ts';

describe('sessionCookie', () => {
  it('D16: is __Host-, Secure, HttpOnly and SameSite=Lax everywhere but on http loopback', () => {
    const shared = { path: '/', httpOnly: true, sameSite: 'lax' };
    for (const origin of [
      'https://data.example',
      'https://localhost',
      'http://data.example',
      'http://127.example',
    ]) {
      expect(sessionCookie(origin)).toMatchObject({
        name: '__Host-flyloft_session',
        options: { ...shared, secure: true },
      });
    }
    for (const origin of ['http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000']) {
      expect(sessionCookie(origin)).toMatchObject({
        name: 'flyloft_session',
        options: { ...shared, secure: false },
      });
    }
  });
});
