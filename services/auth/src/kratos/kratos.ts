import type { KratosIdentity, KratosSession } from './answers.ts';
import type { KratosFlow } from './flow.ts';

/** What a request shows of a session at Kratos: a browser its cookies, a program its token. */
export type KratosCredentials = { readonly cookies: string } | { readonly token: string };

/** Who is signed in at Kratos: nobody; somebody who still has to do the second step; or a session. */
export type Whoami = 'nobody' | 'second step' | KratosSession;

/** What people do by themselves at Kratos, each in a flow of its own. */
export const FLOW_KINDS = ['login', 'registration', 'recovery', 'verification', 'settings'] as const;

export type FlowKind = (typeof FLOW_KINDS)[number];

/** A flow to be shown; where the browser has to go instead; or that it has to begin again. */
export type FlowFound =
  | { readonly is: 'flow'; readonly flow: KratosFlow }
  | { readonly is: 'elsewhere'; readonly address: string }
  | { readonly is: 'over'; readonly useFlow: string | undefined; readonly returnTo: string | undefined }
  | { readonly is: 'sign in first' }
  | { readonly is: 'not here' };

export interface FlowError {
  readonly title: string;
  readonly detail: string;
}

export interface NewIdentity {
  readonly email: string;
  readonly name?: string | undefined;
  readonly password?: string | undefined;
}

/** What lets a person in who has no password, or forgot it. */
export interface KratosRecovery {
  readonly url: string;
  readonly code: string | null;
  /** Undefined: Kratos did not say. */
  readonly expiresAt: Date | undefined;
}

/** The sides of Ory Kratos that auth uses (auth.md B3.5). Everything throws ProblemError 503 while it is away. */
export interface Kratos {
  readonly whoami: (credentials: KratosCredentials) => Promise<Whoami>;
  readonly flow: (kind: FlowKind, id: string, cookies: string) => Promise<FlowFound>;
  /** Undefined: there is none of that id. */
  readonly error: (id: string) => Promise<FlowError | undefined>;
  /** Where the browser goes to be signed out at Kratos; undefined: it is signed in to nothing there. */
  readonly logoutAddress: (cookies: string, returnTo: string) => Promise<string | undefined>;
  /** One page of everybody; `next` is undefined after the last one. */
  readonly identities: (
    pageToken: string | undefined,
  ) => Promise<{ readonly identities: readonly KratosIdentity[]; readonly next: string | undefined }>;
  /** @throws {ProblemError} 409 when the address is taken there, 400 when its schema takes no such person. */
  readonly createIdentity: (person: NewIdentity) => Promise<KratosIdentity>;
  /** @throws {ProblemError} 404, 409, 400. */
  readonly changeEmail: (identityId: string, email: string) => Promise<void>;
  /** Done also when there is none. */
  readonly deleteIdentity: (identityId: string) => Promise<void>;
  /** Ids of the sessions that are active; undefined: there are too many to be told. */
  readonly activeSessions: (identityId: string) => Promise<ReadonlySet<string> | undefined>;
  readonly endSessions: (identityId: string) => Promise<void>;
  readonly endSession: (sessionId: string) => Promise<void>;
  /** @throws {ProblemError} 404, 409 where Kratos makes none. */
  readonly recovery: (identityId: string, by: 'link' | 'code') => Promise<KratosRecovery>;
}
