import type { AuditContext } from '../audit/audit.ts';

/** A browser on its way through one of Hydra's challenges, while the person signs in here (L8). */
export interface HydraFlow {
  readonly referenceHash: Uint8Array<ArrayBuffer>;
  readonly browserHash: Uint8Array<ArrayBuffer>;
  readonly sealedChallenge: Uint8Array<ArrayBuffer>;
  readonly begunAt: Date;
  readonly expiresAt: Date;
}

/** What came of a challenge, for the audit log. */
export interface HydraEvent {
  readonly action:
    | 'hydra.login-accepted'
    | 'hydra.login-refused'
    | 'hydra.consent-given'
    | 'hydra.consent-refused'
    | 'hydra.signed-out';
  /** The person's UUID. */
  readonly target: string;
  readonly details: Readonly<Record<string, string | readonly string[]>>;
}

export interface HydraStore {
  readonly keepFlow: (flow: HydraFlow, now: Date) => Promise<void>;
  readonly findFlow: (
    referenceHash: Uint8Array<ArrayBuffer>,
    browserHash: Uint8Array<ArrayBuffer>,
    now: Date,
  ) => Promise<HydraFlow | undefined>;
  /**
   * Marks a challenge as finished; false when it is already. Of two requests at once one gets true (auth.md
   * A7.12).
   */
  readonly finish: (challengeHash: Uint8Array<ArrayBuffer>, expiresAt: Date, now: Date) => Promise<boolean>;
  /** Takes the mark back: Hydra did not do what was asked, and it may be asked again. */
  readonly reopen: (challengeHash: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly record: (event: HydraEvent, context: AuditContext) => Promise<void>;
}
