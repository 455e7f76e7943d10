import type { TransformCall } from '../transforms/transforms.ts';

/** The kept answer to a write that carried an `Idempotency-Key` (data-sets.md A3, reliability.md E1). */
export interface Receipt {
  /** SHA-256 of the key. */
  readonly keyHash: string;
  /** SHA-256 of what was sent. */
  readonly fingerprint: string;
  readonly status: number;
  readonly body: string;
}

/** A receipt answers for a day. */
export const RECEIPT_HOURS = 24;

/** The status of every kept answer to a request that made something. */
export const CREATED = 201;

/** What became of a write in one step. */
export type WriteOutcome =
  /** With the transforms that nobody was called for yet. */
  | { readonly kind: 'stored'; readonly calls: readonly TransformCall[] }
  /** A request with the same key is being stored at this moment. */
  | { readonly kind: 'in flight' }
  /** It had been stored before: this is what was answered. */
  | { readonly kind: 'known'; readonly receipt: Receipt };

/** Port: answers that are kept. */
export interface Receipts {
  readonly find: (dataSet: { readonly id: string }, keyHash: string) => Promise<Receipt | undefined>;
  /** Keeps the answer to a request that stored nothing; the first one stays. */
  readonly keep: (dataSet: { readonly id: string }, receipt: Receipt) => Promise<void>;
}
