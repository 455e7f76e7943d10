import request from 'supertest';
import { createKratosClient } from '../../src/kratos/kratos-client.ts';
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

/** Auth in front of a Kratos that keeps the contract. */
export async function openKratosHarness(options: HarnessOptions = {}): Promise<KratosHarness> {
  const time = { now: () => new Date() };
  const stub = await createKratosStub(ORIGIN, () => time.now());
  const { publicUrl, adminUrl } = stub;
  const harness = await openHarness({
    ...options,
    kratos: {
      kratos: createKratosClient({ publicUrl, adminUrl, schemaId: 'default', timeoutMilliseconds: 1_000 }),
      ...{ publicUrl, sessionCookie: SESSION_COOKIE, providerOrigins: ['https://town.example'] },
    },
  });
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
