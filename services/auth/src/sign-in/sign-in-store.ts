import type { AuditContext } from '../audit/audit.ts';
import type { ProviderProfile } from '../providers/provider.ts';
import type { LiveSession } from '../sessions/session.ts';

/** A sign-in on its way through a provider (auth.md D11): ten minutes, one browser, once. */
export interface LoginTransaction {
  readonly stateHash: Uint8Array<ArrayBuffer>;
  readonly browserHash: Uint8Array<ArrayBuffer>;
  readonly provider: string;
  readonly redirectUri: string;
  /** PKCE verifier and nonce. */
  readonly sealedSecrets: Uint8Array<ArrayBuffer>;
  readonly next: string | null;
  /** Who links the identity; null for a sign-in. */
  readonly userId: string | null;
  readonly expiresAt: Date;
}

/** The result of a sign-in on its way to another origin. */
export interface SignInCode {
  readonly codeHash: Uint8Array<ArrayBuffer>;
  readonly sessionId: string;
  readonly origin: string;
  readonly expiresAt: Date;
}

export interface LinkedIdentity {
  readonly provider: string;
  readonly subject: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly createdAt: Date;
  /** False for a local account whose password nobody has set. */
  readonly usable: boolean;
}

export interface SignInStore {
  readonly begin: (transaction: LoginTransaction, now: Date) => Promise<void>;
  /** Takes it out: whoever asks second finds nothing. */
  readonly take: (
    stateHash: Uint8Array<ArrayBuffer>,
    browserHash: Uint8Array<ArrayBuffer>,
    now: Date,
  ) => Promise<LoginTransaction | undefined>;
  readonly createCode: (code: SignInCode, now: Date) => Promise<void>;
  /** The session that a code was made for, once. */
  readonly redeem: (
    codeHash: Uint8Array<ArrayBuffer>,
    now: Date,
  ) => Promise<{ readonly session: LiveSession; readonly origin: string } | undefined>;
  /**
   * The person of a provider's identity, by provider and subject alone (auth.md D15); a new one where there
   * is none and that is allowed. Undefined where it is not.
   */
  readonly enter: (
    provider: string,
    profile: ProviderProfile,
    mayRegister: boolean,
    context: Omit<AuditContext, 'actor'> & {
      /** Set: an administrator has said whose the address is, who is this one, or the platform itself. */
      readonly vouchedBy?: string | null;
    },
  ) => Promise<string | undefined>;
  /** @throws {ProblemError} 409 when the identity is linked already, to this person or another. */
  readonly link: (
    userId: string,
    provider: string,
    profile: ProviderProfile,
    context: AuditContext,
  ) => Promise<void>;
  readonly identities: (userId: string) => Promise<LinkedIdentity[]>;
  /** @throws {ProblemError} 404 when the person has no such identity, 409 when nothing else signs in. */
  readonly unlink: (
    userId: string,
    provider: string,
    subject: string,
    context: AuditContext,
  ) => Promise<void>;
}
