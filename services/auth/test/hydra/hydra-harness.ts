import request from 'supertest';
import { createHydraClient } from '../../src/hydra/hydra-client.ts';
import type { HydraMode } from '../../src/hydra/hydra-mode.ts';
import { createSession } from '../../src/sessions/session.ts';
import { createBrowser, type TestBrowser } from '../browser.ts';
import { type Harness, ORIGIN, openHarness } from '../harness.ts';
import { createHydraStub, type HydraStub } from './stub.ts';

export const PASSWORD = 'correct horse battery';
export const HOOK_KEY = 'hook-key-of-the-tests-0123456789abcdef';

export interface Person {
  readonly id: string;
  readonly email: string;
}

export interface HydraHarness extends Harness {
  readonly stub: HydraStub;
  readonly person: (email: string) => Promise<Person>;
  /** A browser with a session of that person; `secondsAgo` is when they signed in. */
  readonly signedIn: (person: Person, secondsAgo?: number) => Promise<TestBrowser>;
  readonly admin: (
    method: 'post' | 'put' | 'delete',
    path: string,
    body?: object,
  ) => Promise<request.Response>;
}

/** Auth's side of a stub. */
export function hydraModeOf({ adminUrl, publicUrl }: Pick<HydraStub, 'adminUrl' | 'publicUrl'>): HydraMode {
  return {
    hydra: createHydraClient({ adminUrl, timeoutMilliseconds: 1_000 }),
    ...{ publicOrigin: publicUrl, requestSeconds: 1_800, allowUnknownApps: false, hookKey: HOOK_KEY },
  };
}

/** Auth in front of a Hydra that keeps the contract. Registers the application `wiki` for everybody. */
export async function openHydraHarness(own: Partial<HydraMode> = {}): Promise<HydraHarness> {
  const stub = await createHydraStub(ORIGIN);
  const harness = await openHarness({ hydra: { ...hydraModeOf(stub), ...own } });
  const admin: HydraHarness['admin'] = (method, path, body) =>
    request(harness.app)
      [method](path)
      .set('Authorization', `Bearer ${harness.adminToken}`)
      .send(body ?? {});
  const wiki = { slug: 'wiki', name: 'Wiki', url: 'https://wiki.example', default_role: 'user' };
  await admin('post', '/admin/apps', wiki).then(({ status }) => {
    if (status !== 201) throw new Error(`The application was not registered: ${status}`);
  });
  return {
    ...harness,
    stub,
    admin,
    person: async (email) => {
      const { body } = await admin('post', '/admin/users', { email, name: 'Ada', password: PASSWORD });
      return { id: body.id, email };
    },
    signedIn: async ({ id }, secondsAgo = 60) => {
      const { session, cookie } = createSession(harness.clock.now);
      const authenticatedAt = new Date(harness.clock.now.getTime() - secondsAgo * 1000);
      await harness.database.session.create({ data: { ...session, userId: id, authenticatedAt } });
      const browser = createBrowser(harness.app);
      browser.cookies.set('flyloft_session', cookie);
      return browser;
    },
    close: async () => {
      await harness.close();
      await stub.close();
    },
  };
}

export const loginPath = (challenge: string) =>
  `/hydra/login?${new URLSearchParams({ login_challenge: challenge })}`;
export const consentPath = (challenge: string) =>
  `/hydra/consent?${new URLSearchParams({ consent_challenge: challenge })}`;
export const logoutPath = (challenge: string) =>
  `/hydra/logout?${new URLSearchParams({ logout_challenge: challenge })}`;
