import type { Page, Paged } from '../routes/paging.ts';

/** A browser's subscription, as its `PushSubscription` says (RFC 8030, RFC 8291). */
export interface BrowserSubscription {
  readonly endpoint: string;
  /** The browser's public key and secret, base64url. */
  readonly p256dh: string;
  readonly auth: string;
}

export interface PushSubscription extends BrowserSubscription {
  readonly id: string;
  readonly createdAt: Date;
}

/** One notification on its way to one browser. */
export interface PushDelivery {
  readonly id: bigint;
  readonly attempts: number;
  readonly subscriptionId: string;
  readonly subscription: BrowserSubscription;
  readonly notification: { readonly id: string; readonly kind: string; readonly text: string };
}

export interface PushStore {
  /**
   * Keeps a subscription; the same browser again is the same one. A browser that somebody else was signed
   * in with (the same endpoint and the same secret) is from now on this person's alone.
   * @throws {ProblemError} 409 when the person has too many.
   */
  readonly subscribe: (userId: string, subscription: BrowserSubscription) => Promise<PushSubscription>;
  readonly list: (userId: string, page: Page) => Promise<Paged<PushSubscription>>;
  /** @throws {ProblemError} 404 when it is not the person's. */
  readonly owned: (userId: string, id: string) => Promise<PushSubscription>;
  readonly replace: (userId: string, id: string, by: BrowserSubscription) => Promise<PushSubscription>;
  /** @throws {ProblemError} 404 when it is not the person's. */
  readonly remove: (userId: string, id: string) => Promise<void>;
  /** Takes deliveries that are due; until they are settled or due again no other replica takes them. */
  readonly takeDue: () => Promise<PushDelivery[]>;
  readonly settle: (id: bigint) => Promise<void>;
  /** The push service says that it is gone for good. */
  readonly prune: (subscriptionId: string) => Promise<void>;
}
