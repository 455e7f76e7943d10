import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { serveHttp } from '@flyloft/testing';
import type { Fault } from '../stub-fault.ts';
import { createStubFlows, type StubFlow } from './stub-flows.ts';
import { createStubPublic, type StubClient } from './stub-public.ts';

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
}

const REQUESTS = '/admin/oauth2/auth/requests/';

/** A Hydra that keeps the contract of auth.md B3.3, on two ports as the real one. `pages` is where ours are. */
export async function createHydraStub(pages: string) {
  const flows = createStubFlows();
  const clients = new Map<string, StubClient>();
  const calls: Call[] = [];
  let fault: Fault | undefined;
  let origin = '';
  const outside = createStubPublic({ origin: () => origin, pages, clients, flows });

  const admin = await serveHttp(async (req, res) => {
    const { pathname: path, searchParams: query } = new URL(req.url ?? '', 'http://stub');
    const method = req.method ?? '';
    const text = await textOf(req);
    const body = text === '' ? {} : JSON.parse(text);
    calls.push({ method, path, query, body });
    const send = (status: number, answer?: unknown) =>
      res.writeHead(status, { 'Content-Type': 'application/json' }).end(answer && JSON.stringify(answer));
    if (fault && `${method} ${path}`.includes(fault.on)) {
      if (fault.silence) return;
      return res
        .writeHead(fault.status ?? 200, { 'Content-Type': 'text/html' })
        .end(fault.body ?? '<h1>No</h1>');
    }
    if (path.startsWith(REQUESTS)) {
      const call = path.slice(REQUESTS.length);
      const answer = flows.answer(call, query.get(`${call.split('/')[0]}_challenge`), body);
      return send(answer.status, answer.body);
    }
    if (path === '/admin/clients' && method === 'POST') {
      clients.set(body.client_id, body);
      return send(201, body);
    }
    if (path.startsWith('/admin/clients/')) {
      const client = clients.get(decodeURIComponent(path.slice('/admin/clients/'.length)));
      return client ? send(200, client) : send(404, { error: 'Not Found' });
    }
    if (path.startsWith('/admin/oauth2/auth/sessions/') && method === 'DELETE') {
      const isComplete = query.has('subject') && (path.endsWith('/login') || query.get('all') === 'true');
      return send(isComplete ? 204 : 400);
    }
    return send(404, { error: 'Not Found' });
  });

  const browserOf = (req: IncomingMessage, res: ServerResponse): string => {
    const known = /stub_csrf=(\w+)/.exec(req.headers.cookie ?? '')?.[1];
    const browser = known ?? randomBytes(8).toString('hex');
    if (!known) res.setHeader('Set-Cookie', `stub_csrf=${browser}; Path=/; HttpOnly`);
    return browser;
  };
  const publicSide = await serveHttp(async (req, res) => {
    const address = new URL(req.url ?? '', origin);
    if (address.pathname === '/oauth2/token') {
      const tokens = outside.redeem(new URLSearchParams(await textOf(req)));
      const body = tokens ?? { error: 'invalid_grant' };
      return res
        .writeHead(tokens ? 200 : 400, { 'Content-Type': 'application/json' })
        .end(JSON.stringify(body));
    }
    const browser = browserOf(req, res);
    const isLogout = address.pathname === '/oauth2/sessions/logout';
    const location = isLogout ? outside.logout(address, browser) : outside.authorize(address, browser);
    return res.writeHead(302, { Location: location }).end();
  });
  const { origin: adminUrl } = admin;
  origin = publicSide.origin;
  return {
    adminUrl,
    publicUrl: origin,
    calls,
    clients,
    /** The calls that changed something. */
    changes: () => calls.filter(({ method }) => method !== 'GET'),
    setFault: (next: Fault | undefined) => {
      fault = next;
    },
    /** A challenge, as if a browser had come with such a request. */
    challenge: (stage: StubFlow['stage'], request: Readonly<Record<string, unknown>> = {}) => {
      const client = { client_id: 'wiki', client_name: 'The wiki' };
      const url = `${origin}/oauth2/auth?client_id=wiki&state=abc`;
      const common = { client, request_url: url, skip: false, subject: '', requested_scope: ['openid'] };
      const shared = { returnTo: url, originalUrl: url, browser: 'any' };
      return flows.begin({ stage, request: { ...common, oidc_context: {}, ...request }, ...shared });
    },
    close: async () => {
      await Promise.all([admin.close(), publicSide.close()]);
    },
  };
}

export type HydraStub = Awaited<ReturnType<typeof createHydraStub>>;
