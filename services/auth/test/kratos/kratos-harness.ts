import request from 'supertest';
import { createKratosClient } from '../../src/kratos/kratos-client.ts';
import type { KratosMode } from '../../src/kratos/kratos-mode.ts';
import { createBrowser, type TestBrowser } from '../browser.ts';
import { type Harness, type HarnessOptions, ORIGIN, openHarness } from '../harness.ts';
import { createKratosStub, type KratosStub } from './stub.ts';
import { SESSION_COOKIE } from './stub-flows.ts';
import type { StubSession } from './stub-people.ts';

export interface KratosHarness extends Harness {
  readonly stub: KratosStub;
  /** A browser with a session at Kratos, and none of ours. */
  readonly browserWith: (session: StubSession) => TestBrowser;
  readonly admin: (
    method: 'get' | 'post' | 'put' | 'patch' | 'delete',
    path: string,
    body?: object,
  ) => request.Test;
}

/** A browser at Kratos' own addresses, with the cookies that it has here: both are on one host. */
export async function atKratos(
  { cookies }: TestBrowser,
  address: string,
  form?: Readonly<Record<string, string>>,
): Promise<{ status: number; location: string }> {
  const Cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const answer = await fetch(address, {
    ...{ redirect: 'manual', headers: { Cookie, Accept: 'text/html' } },
    ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
  });
  for (const line of answer.headers.getSetCookie()) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (line.includes('1970')) cookies.delete(name);
    else cookies.set(name, value);
  }
  return { status: answer.status, location: answer.headers.get('location') ?? '' };
}

/** Auth's side of a stub. */
export function kratosModeOf({
  publicUrl,
  adminUrl,
}: Pick<KratosStub, 'publicUrl' | 'adminUrl'>): KratosMode {
  return {
    kratos: createKratosClient({ publicUrl, adminUrl, schemaId: 'default', timeoutMilliseconds: 1_000 }),
    ...{ publicUrl, sessionCookie: SESSION_COOKIE, providerOrigins: ['https://town.example'] },
  };
}

/** Auth in front of a Kratos that keeps the contract. */
export async function openKratosHarness(options: HarnessOptions = {}): Promise<KratosHarness> {
  const time = { now: () => new Date() };
  const stub = await createKratosStub(ORIGIN, () => time.now());
  const harness = await openHarness({ ...options, kratos: kratosModeOf(stub) });
  time.now = () => harness.clock.now;
  return {
    ...harness,
    stub,
    browserWith: ({ secret }) => {
      const browser = createBrowser(harness.app);
      browser.cookies.set(SESSION_COOKIE, secret);
      return browser;
    },
    admin: (method, path, body) => {
      const sent = request(harness.app)[method](path).set('Authorization', `Bearer ${harness.adminToken}`);
      return body === undefined ? sent : sent.send(body);
    },
    close: async () => {
      await harness.close();
      await stub.close();
    },
  };
}
