import { createHmac, timingSafeEqual } from 'node:crypto';

/** Tokens that only our own pages know, bound to one browser and its session (auth.md D18). */
export interface CsrfTokens {
  readonly tokenFor: (browser: string, sessionId: string | undefined) => string;
  /** Compares in constant time. */
  readonly matches: (token: string, browser: string, sessionId: string | undefined) => boolean;
}

export function createCsrfTokens(key: Uint8Array): CsrfTokens {
  const digest = (browser: string, sessionId: string | undefined) =>
    createHmac('sha256', key)
      .update(JSON.stringify([browser, sessionId ?? null]))
      .digest();
  return {
    tokenFor: (browser, sessionId) => digest(browser, sessionId).toString('base64url'),
    matches: (token, browser, sessionId) => {
      const given = Buffer.from(token, 'base64url');
      const expected = digest(browser, sessionId);
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
