import type { ServerResponse } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { serveHttp } from '@flyloft/testing';
import type { Fault } from '../stub-fault.ts';
import { createStubFlows, SESSION_COOKIE } from './stub-flows.ts';
import { type Answered, type Call, cookieOf } from './stub-http.ts';
import { createStubPeople } from './stub-people.ts';

/** A Kratos that keeps the contract of auth.md B3.5, on two ports as the real one. `pages` is where ours are. */
export async function createKratosStub(pages: string, now: () => Date = () => new Date()) {
  const people = createStubPeople(now);
  const calls: Call[] = [];
  let fault: Fault | undefined;
  let publicUrl = '';
  const flows = createStubFlows({ origin: () => publicUrl, pages, people, now });

  const send = (res: ServerResponse, { status, body, headers }: Answered) => {
    res.writeHead(status, { 'Content-Type': 'application/json', ...headers } as Record<string, string>);
    res.end(body === undefined ? undefined : JSON.stringify(body));
  };
  /** True: a fault has answered. */
  const isFaulty = (res: ServerResponse, call: string) => {
    if (fault === undefined || !call.includes(fault.on)) return false;
    if (!fault.silence) {
      res.writeHead(fault.status ?? 200, { 'Content-Type': 'text/html' }).end(fault.body ?? '<h1>No</h1>');
    }
    return true;
  };
  const admin = await serveHttp(async (req, res) => {
    const { pathname: path, searchParams: query } = new URL(req.url ?? '', 'http://stub');
    const method = req.method ?? '';
    const text = await textOf(req);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    calls.push({ method, path, query, body, cookie: req.headers.cookie ?? '' });
    if (!isFaulty(res, `${method} ${path}`)) send(res, people.admin(method, path, query, body));
  });
  const publicSide = await serveHttp(async (req, res) => {
    const address = new URL(req.url ?? '', publicUrl);
    const method = req.method ?? '';
    const cookies = req.headers.cookie ?? '';
    const text = await textOf(req);
    calls.push({ method, path: address.pathname, query: address.searchParams, body: text, cookie: cookies });
    if (isFaulty(res, `${method} ${address.pathname}`)) return;
    if (address.pathname === '/sessions/whoami') {
      const token = req.headers['x-session-token'];
      const bearer = /^bearer (.+)$/i.exec(req.headers.authorization ?? '')?.[1];
      return send(res, people.whoami(String(token ?? bearer ?? cookieOf(cookies, SESSION_COOKIE) ?? '')));
    }
    const wantsJson = String(req.headers.accept).includes('json');
    send(res, flows.answer({ method, address, cookies, form: new URLSearchParams(text), wantsJson }));
  });
  const { origin: adminUrl } = admin;
  publicUrl = publicSide.origin;
  return {
    ...people,
    ...{ adminUrl, publicUrl, calls, flows: flows.flows },
    /** The calls to this path, as `METHOD path`. */
    callsTo: (part: string) => calls.filter(({ method, path }) => `${method} ${path}`.includes(part)),
    setFault: (next: Fault | undefined) => {
      fault = next;
    },
    close: async () => {
      await Promise.all([admin.close(), publicSide.close()]);
    },
  };
}

export type KratosStub = Awaited<ReturnType<typeof createKratosStub>>;
