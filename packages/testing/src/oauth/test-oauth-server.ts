import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How an endpoint behaves: a body with a status, or no answer at all. */
export type TestAnswer = { readonly status?: number; readonly body: unknown } | 'never';

/**
 * An OAuth 2 server on this machine that signs everybody in without asking, as Google and GitHub speak it:
 * `/authorize`, `/token`, `/profile`, `/emails`. It holds clients to PKCE, to the redirect URI and to codes
 * that work once.
 */
export interface TestOAuthServer {
  readonly origin: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** What `/profile` and `/emails` say from now on. */
  setPerson(profile: TestAnswer, emails?: TestAnswer): void;
  /** Replaces the token endpoint's answer; undefined: it answers as it should. */
  setToken(answer: TestAnswer | undefined): void;
  /** The person says no from now on, or yes again. */
  setRefusing(refusing: boolean): void;
  readonly close: () => Promise<void>;
}

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
}

async function bodyOf(req: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}

function send(res: ServerResponse, answer: TestAnswer): void {
  if (answer === 'never') return;
  const { status = 200, body } = answer;
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export async function createTestOAuthServer(): Promise<TestOAuthServer> {
  const [clientId, clientSecret, accessToken] = [
    'test-client',
    'test-secret',
    randomBytes(8).toString('hex'),
  ];
  const grants = new Map<string, Grant>();
  let profile: TestAnswer = { body: {} };
  let emails: TestAnswer = { body: [] };
  let token: TestAnswer | undefined;
  let refusing = false;

  const authorize = (query: URLSearchParams, res: ServerResponse) => {
    const redirectUri = query.get('redirect_uri') ?? '';
    const target = new URL(redirectUri);
    target.searchParams.set('state', query.get('state') ?? '');
    const isRight =
      query.get('client_id') === clientId &&
      query.get('response_type') === 'code' &&
      query.get('code_challenge_method') === 'S256';
    if (!isRight) return send(res, { status: 400, body: { error: 'invalid_request' } });
    if (refusing) target.searchParams.set('error', 'access_denied');
    else {
      const code = randomBytes(8).toString('hex');
      grants.set(code, { challenge: query.get('code_challenge') ?? '', redirectUri });
      target.searchParams.set('code', code);
    }
    res.writeHead(302, { Location: target.href }).end();
  };

  const redeem = async (req: IncomingMessage, res: ServerResponse) => {
    const form = await bodyOf(req);
    if (token !== undefined) return send(res, token);
    const grant = grants.get(form.get('code') ?? '');
    grants.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isRight =
      grant?.challenge === challenge &&
      grant.redirectUri === form.get('redirect_uri') &&
      form.get('client_secret') === clientSecret;
    // GitHub says so with status 200
    if (!isRight) return send(res, { body: { error: 'bad_verification_code' } });
    send(res, { body: { access_token: accessToken, token_type: 'bearer' } });
  };

  const server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://127.0.0.1');
    if (url.pathname === '/authorize') return authorize(url.searchParams, res);
    if (url.pathname === '/token') return void redeem(req, res);
    const isKnown = req.headers.authorization?.endsWith(` ${accessToken}`);
    if (!isKnown) return send(res, { status: 401, body: { message: 'Bad credentials' } });
    send(res, url.pathname === '/profile' ? profile : emails);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    // A listening TCP server has an AddressInfo.
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId,
    clientSecret,
    setPerson: (newProfile, newEmails = { body: [] }) => {
      [profile, emails] = [newProfile, newEmails];
    },
    setToken: (answer) => {
      token = answer;
    },
    setRefusing: (value) => {
      refusing = value;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
