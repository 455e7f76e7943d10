import { z } from 'zod';
import { createAdminClient } from './admin-client.ts';
import { logoutSchema, refusalSchema, sessionSchema } from './answers.ts';
import { flowSchema } from './flow.ts';
import type { FlowFound, Kratos, KratosCredentials, Whoami } from './kratos.ts';
import {
  createKratosRequests,
  type KratosAnswer,
  kratosFailed,
  read,
  type SendToKratos,
} from './requests.ts';

/** A person waits for it. */
const TIMEOUT_MILLISECONDS = 5_000;

interface KratosOptions {
  /** `KRATOS_PUBLIC_URL`. */
  readonly publicUrl: string;
  /** `KRATOS_ADMIN_URL`. */
  readonly adminUrl: string;
  readonly schemaId: string;
  /** Of each request. */
  readonly timeoutMilliseconds?: number;
}

const errorSchema = z.object({
  error: z
    .object({ message: z.string().catch(''), reason: z.string().catch(''), status: z.string().catch('') })
    .catch({ message: '', reason: '', status: '' }),
});

const headersOf = (credentials: KratosCredentials): Record<string, string> =>
  'token' in credentials ? { 'X-Session-Token': credentials.token } : { Cookie: credentials.cookies };

function refusalOf({ json }: KratosAnswer) {
  const refusal = refusalSchema.safeParse(json).data;
  const returnTo = refusal?.error.details?.return_to;
  return {
    id: refusal?.error.id ?? '',
    elsewhere: refusal?.redirect_browser_to,
    useFlow: refusal?.use_flow_id,
    returnTo: typeof returnTo === 'string' ? returnTo : undefined,
  };
}

/** What Kratos says of a flow that it does not show. */
function flowRefused(answer: KratosAnswer): FlowFound {
  const { id, elsewhere, useFlow, returnTo } = refusalOf(answer);
  if (answer.status === 410) return { is: 'over', useFlow, returnTo };
  // Another window is signed in by now, or has to show more: Kratos says where that goes on.
  if (elsewhere !== undefined && [400, 401, 403, 422].includes(answer.status)) {
    return { is: 'elsewhere', address: elsewhere };
  }
  if (answer.status === 401 || id === 'session_already_available') return { is: 'sign in first' };
  if (answer.status === 403 || answer.status === 404) return { is: 'not here' };
  throw kratosFailed(new Error(`Kratos answered ${answer.status} for a flow`));
}

async function whoami(send: SendToKratos, credentials: KratosCredentials): Promise<Whoami> {
  const answer = await send({ path: '/sessions/whoami', headers: headersOf(credentials) });
  if (answer.status === 401) return 'nobody';
  // 403 where the session has too little assurance; 422 in versions that say where to get more
  if (answer.status === 403 || answer.status === 422) return 'second step';
  if (answer.status !== 200) throw kratosFailed(new Error(`Kratos answered ${answer.status} to whoami`));
  return read(sessionSchema, answer.json);
}

/** Kratos by its two APIs. */
export function createKratosClient({
  publicUrl,
  adminUrl,
  schemaId,
  timeoutMilliseconds = TIMEOUT_MILLISECONDS,
}: KratosOptions): Kratos {
  const ask = createKratosRequests(publicUrl, timeoutMilliseconds);
  return {
    ...createAdminClient(createKratosRequests(adminUrl, timeoutMilliseconds), schemaId),
    whoami: (credentials) => whoami(ask, credentials),
    flow: async (kind, id, cookies) => {
      const request = { path: `/self-service/${kind}/flows`, query: { id }, headers: { Cookie: cookies } };
      const answer = await ask(request);
      return answer.status === 200
        ? { is: 'flow', flow: read(flowSchema, answer.json) }
        : flowRefused(answer);
    },
    error: async (id) => {
      const answer = await ask({ path: '/self-service/errors', query: { id } });
      if (answer.status !== 200) return undefined;
      const { message, reason, status } = read(errorSchema, answer.json).error;
      return { title: status || 'Something went wrong', detail: reason || message || 'Please try again.' };
    },
    logoutAddress: async (cookies, returnTo) => {
      const query = { return_to: returnTo };
      const answer = await ask({ path: '/self-service/logout/browser', query, headers: { Cookie: cookies } });
      return answer.status === 200 ? read(logoutSchema, answer.json).logout_url : undefined;
    },
  };
}
