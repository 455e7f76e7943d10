export interface PackageComment {
  readonly id: string;
  readonly packageId: string;
  /** A userid. */
  readonly author: string;
  readonly text: string;
  readonly createdAt: Date;
  readonly editedAt: Date | undefined;
  /** Who changed it last: the author, or a moderator. */
  readonly editedBy: string | undefined;
  /** Shown to nobody but its author and moderators. */
  readonly hidden: boolean;
}

export interface NewComment {
  readonly packageId: string;
  readonly author: string;
  readonly text: string;
  /** SHA-256 of the request's Idempotency-Key. */
  readonly keyHash?: string | undefined;
}
