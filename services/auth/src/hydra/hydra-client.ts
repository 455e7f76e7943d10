import { z } from 'zod';
import { createAdminRequests } from './admin-requests.ts';
import type { Hydra } from './hydra.ts';
import {
  clientSchema,
  consentRequestSchema,
  loginRequestSchema,
  logoutRequestSchema,
  onwardSchema,
} from './requests.ts';

const REQUESTS = '/admin/oauth2/auth/requests';
const SESSIONS = '/admin/oauth2/auth/sessions';
/** A person waits for it. */
const TIMEOUT_MILLISECONDS = 5_000;

const nothing = z.unknown();

interface HydraOptions {
  /** `HYDRA_ADMIN_URL`. */
  readonly adminUrl: string;
  /** Of each request. */
  readonly timeoutMilliseconds?: number;
}

/** Hydra by its admin API. */
export function createHydraClient({
  adminUrl,
  timeoutMilliseconds = TIMEOUT_MILLISECONDS,
}: HydraOptions): Hydra {
  const send = createAdminRequests(adminUrl, timeoutMilliseconds);
  const find = <S extends z.ZodType>(stage: string, challenge: string, schema: S) =>
    send(
      { method: 'GET', path: `${REQUESTS}/${stage}`, query: { [`${stage}_challenge`]: challenge } },
      schema,
    );
  const put = <S extends z.ZodType>(
    stage: string,
    verb: 'accept' | 'reject',
    challenge: string,
    body: unknown,
    schema: S,
  ) =>
    send(
      {
        ...{ method: 'PUT', path: `${REQUESTS}/${stage}/${verb}`, body },
        query: { [`${stage}_challenge`]: challenge },
      },
      schema,
    );
  const finish = async (stage: string, verb: 'accept' | 'reject', challenge: string, body?: unknown) =>
    (await put(stage, verb, challenge, body, onwardSchema)).redirect_to;
  return {
    loginRequest: (challenge) => find('login', challenge, loginRequestSchema),
    acceptLogin: (challenge, answer) => finish('login', 'accept', challenge, answer),
    rejectLogin: (challenge, why) => finish('login', 'reject', challenge, why),
    consentRequest: (challenge) => find('consent', challenge, consentRequestSchema),
    acceptConsent: (challenge, answer) => finish('consent', 'accept', challenge, answer),
    rejectConsent: (challenge, why) => finish('consent', 'reject', challenge, why),
    client: (id) =>
      send({ method: 'GET', path: `/admin/clients/${encodeURIComponent(id)}`, query: {} }, clientSchema),
    logoutRequest: (challenge) => find('logout', challenge, logoutRequestSchema),
    acceptLogout: (challenge) => finish('logout', 'accept', challenge),
    rejectLogout: async (challenge) => {
      await put('logout', 'reject', challenge, undefined, nothing);
    },
    endSessions: async (subject) => {
      const end = (kind: string, query: Record<string, string>) =>
        send({ method: 'DELETE', path: `${SESSIONS}/${kind}`, query }, nothing);
      // Sign-ins first: a browser cannot come for new tokens while the old ones go.
      await end('login', { subject });
      await end('consent', { subject, all: 'true' });
    },
  };
}
