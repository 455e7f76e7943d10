import type { RevocationPage } from '@flyloft/common';

export interface RevocationFeed {
  /**
   * What was revoked after a cursor (0: from the start), oldest first, at most `PAGE_SIZE` entries.
   * The last minute comes again with each call: a transaction may commit after one that began later.
   */
  readonly since: (cursor: bigint) => Promise<RevocationPage>;
  /** Forgets what no living token can be meant by any more. */
  readonly sweep: () => Promise<void>;
}
