/** A session, grant, code or token as it is kept: nothing in it is of use to who reads it. */
export interface OidcRecord {
  readonly sealedPayload: Uint8Array;
  readonly consumedAt: Date | null;
}

export interface NewOidcRecord {
  readonly idHash: Uint8Array<ArrayBuffer>;
  readonly kind: string;
  readonly grantHash: Uint8Array<ArrayBuffer> | null;
  readonly uidHash: Uint8Array<ArrayBuffer> | null;
  readonly userCodeHash: Uint8Array<ArrayBuffer> | null;
  readonly userId: string | null;
  readonly clientId: string | null;
  readonly sealedPayload: Uint8Array<ArrayBuffer>;
  readonly expiresAt: Date;
}

type Hash = Uint8Array<ArrayBuffer>;

export interface OidcRecords {
  /** False when the grant, person or client that it belongs to is gone. */
  readonly put: (record: NewOidcRecord) => Promise<boolean>;
  /** Expired ones too; none that was revoked, itself or with its grant. */
  readonly find: (idHash: Hash) => Promise<OidcRecord | undefined>;
  readonly findByUid: (uidHash: Hash) => Promise<OidcRecord | undefined>;
  readonly findByUserCode: (userCodeHash: Hash) => Promise<OidcRecord | undefined>;
  /** True for the first who asks, and for nobody after. */
  readonly consume: (idHash: Hash) => Promise<boolean>;
  /** A code that nobody has approved yet becomes the person's; false when it was another's or is over. */
  readonly decide: (record: NewOidcRecord) => Promise<boolean>;
  readonly destroy: (idHash: Hash) => Promise<void>;
  /** Everything that came from the grant is worth nothing from now on, also what is being stored now. */
  readonly revokeGrant: (grantHash: Hash) => Promise<void>;
  /** Lets a grant die with a session; false when that has ended already. */
  readonly bindGrant: (grantHash: Hash, sessionId: string) => Promise<boolean>;
  /** Remembers that a device asks; answers when it did so last. */
  readonly poll: (idHash: Hash, now: Date) => Promise<Date | null>;
  /** Forgets what is over. */
  readonly sweep: () => Promise<void>;
}
