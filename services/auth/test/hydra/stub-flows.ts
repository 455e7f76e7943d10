import { randomBytes } from 'node:crypto';

/** An authorization request on its way through the stub, or a sign-out. */
export interface StubFlow {
  readonly stage: 'login' | 'consent' | 'logout';
  readonly request: Readonly<Record<string, unknown>>;
  /** Where accepting and rejecting lead, without the verifier. */
  readonly returnTo: string;
  /** The browser's leg is bound to the cookie that Hydra gave it. */
  readonly browser: string;
  readonly originalUrl: string;
}

export interface StubOutcome {
  readonly flow: StubFlow;
  readonly verb: 'accept' | 'reject';
  readonly body: Readonly<Record<string, unknown>>;
}

/** What each call may say; Hydra refuses everything else with 400. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  'login/accept': [
    ...['subject', 'remember', 'remember_for', 'extend_session_lifespan', 'acr', 'amr', 'context'],
    ...['identity_provider_session_id', 'force_subject_identifier'],
  ],
  'consent/accept': [
    ...['grant_scope', 'grant_access_token_audience', 'session', 'remember', 'remember_for', 'context'],
  ],
  'login/reject': ['error', 'error_description', 'error_hint', 'error_debug', 'status_code'],
  'consent/reject': ['error', 'error_description', 'error_hint', 'error_debug', 'status_code'],
  'logout/accept': [],
  'logout/reject': [],
};

export interface Answered {
  readonly status: number;
  readonly body?: unknown;
}

const refused = (status: number, description: string): Answered => ({
  status,
  body: { error: 'invalid_request', error_description: description, status_code: status },
});

/** Requests by their challenges, as the admin API has them: stateless, so a finished one can be asked again. */
export function createStubFlows() {
  const flows = new Map<string, StubFlow>();
  const verifiers = new Map<string, StubOutcome>();
  const secret = () => randomBytes(900).toString('base64url');
  const finish = (flow: StubFlow, verb: 'accept' | 'reject', body: Record<string, unknown>): Answered => {
    const unknown = Object.keys(body).filter((name) => !FIELDS[`${flow.stage}/${verb}`]?.includes(name));
    if (unknown.length > 0) return refused(400, `unknown fields: ${unknown.join(', ')}`);
    if (flow.stage === 'login' && verb === 'accept' && !body.subject) return refused(400, 'no subject');
    if (flow.stage === 'logout' && verb === 'reject') return { status: 204 };
    const verifier = secret();
    verifiers.set(verifier, { flow, verb, body });
    const address = new URL(flow.returnTo);
    address.searchParams.set(`${flow.stage}_verifier`, verifier);
    return { status: 200, body: { redirect_to: address.href } };
  };
  return {
    begin: (flow: StubFlow): string => {
      const challenge = secret();
      flows.set(challenge, flow);
      return challenge;
    },
    /** Answers `/admin/oauth2/auth/requests/<stage>[/<verb>]`. */
    answer: (path: string, challenge: string | null, body: Record<string, unknown>): Answered => {
      const [stage, verb] = path.split('/');
      if (!challenge) return refused(stage === 'logout' ? 404 : 400, 'no challenge');
      const flow = flows.get(challenge);
      if (flow === undefined || flow.stage !== stage) return refused(404, 'no such challenge');
      if (verb === undefined) return { status: 200, body: { ...flow.request, challenge } };
      return verb === 'accept' || verb === 'reject' ? finish(flow, verb, body) : refused(404, 'no such call');
    },
    /** What a verifier stands for, once, in the browser that it was made for. */
    take: (verifier: string, browser: string): StubOutcome | undefined => {
      const outcome = verifiers.get(verifier);
      verifiers.delete(verifier);
      return outcome?.flow.browser === browser ? outcome : undefined;
    },
  };
}

export type StubFlows = ReturnType<typeof createStubFlows>;
