import type { AuditContext } from '../audit/audit.ts';
import type { KeyState } from './key-ring.ts';

/** A signing key as administrators see it: never its private half. */
export interface KeyDescription {
  readonly kid: string;
  readonly state: KeyState;
  readonly createdAt: Date;
  readonly activatedAt: Date | null;
  readonly retiringAt: Date | null;
  readonly retiredAt: Date | null;
}

/**
 * A key must have been published for so long before it signs: every verifier that keeps a key set for
 * its ten minutes has it by then, so no token is refused for its key.
 */
export const PUBLISHED_SECONDS = 660;

/** Other replicas may sign with the key before for this long after a rotation. */
export const AGREED_SECONDS = 60;

/** User tokens live longest, 14 days: until then what a key signed may be sent. */
export const RETIRING_SECONDS = 14 * 86_400 + 3_600;

export interface KeyAdministration {
  /** Newest first, the retired ones too. */
  readonly list: () => Promise<readonly KeyDescription[]>;
  /**
   * The next key signs from now on, the one before retires, and a new next one is published.
   * @throws {ProblemError} 409 while the next key is younger than `PUBLISHED_SECONDS`, unless forced.
   */
  readonly rotate: (
    options: { readonly now: Date; readonly force: boolean },
    context: AuditContext,
  ) => Promise<readonly KeyDescription[]>;
  /**
   * Ends the life of a retiring key before its time: its tokens are refused everywhere within a minute.
   * @throws {ProblemError} 404; 409 for a key that is not retiring, or that a replica may still sign with.
   */
  readonly retire: (kid: string, now: Date, context: AuditContext) => Promise<KeyDescription>;
  /** Retires what has been retiring for as long as any token lives. */
  readonly retireOld: (now: Date) => Promise<void>;
}
