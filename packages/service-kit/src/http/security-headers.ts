import type { Request, RequestHandler, Response } from 'express';
import helmet, { type HelmetOptions } from 'helmet';

// Whoever ends TLS in front sends HSTS and upgrades; both would break a platform on plain http.
// Nothing of ours is meant to be framed (auth.md part D, row 19).
const OPTIONS: HelmetOptions = {
  strictTransportSecurity: false,
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null, frameAncestors: ["'none'"] } },
  xFrameOptions: { action: 'deny' },
};

/** What helmet sets; with these options it looks at nothing of a request. */
function helmetHeaders(): [name: string, value: string][] {
  const headers = new Map<string, string>();
  // the two calls that helmet makes
  const recorder = {
    setHeader: (name: string, value: string) => headers.set(name, value),
    removeHeader: () => undefined,
  } as unknown as Response;
  helmet(OPTIONS)({} as Request, recorder, () => undefined);
  return [...headers];
}

/** Sets helmet's security headers, which it is asked for once: it makes their text anew for every answer. */
export function securityHeaders(): RequestHandler {
  const headers = helmetHeaders();
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value);
    next();
  };
}
