import type { Readable } from 'node:stream';

/** What is known of a stored object. */
export interface StoredObject {
  readonly key: string;
  /** In bytes. */
  readonly length: number;
  /** Changes whenever the content does; quoted, ready for the `ETag` header. */
  readonly etag: string;
  readonly modifiedAt: Date;
}

/** A part of an object: both ends are inside, counted in bytes from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface OpenObject extends StoredObject {
  /** The range asked for, or everything. Destroy it when it is not read to its end. */
  readonly stream: Readable;
}

/** What the content must turn out to be; anything else is a `BrokenUploadError` and leaves nothing. */
export interface ExpectedContent {
  /** In bytes. */
  readonly length?: number;
  /** Base64 of the binary digest, the form of `Content-MD5`. */
  readonly md5?: string;
}

/**
 * Files by key: `<owner>/<name>/<path>` for what people upload, `_cubes/…` for what loads make (no
 * owner's name begins with an underscore). Every method that takes a key throws `InvalidKeyError` for
 * one that `keyProblem` objects to.
 */
export interface ObjectStore {
  /** Stores all of `content` or nothing; an object of that key is replaced in one step. */
  put(key: string, content: Readable, expected?: ExpectedContent): Promise<StoredObject>;
  /** @throws {ObjectNotFoundError}; {RangeError} for a range that begins after the end. */
  read(key: string, options?: { readonly range?: ByteRange }): Promise<OpenObject>;
  stat(key: string): Promise<StoredObject | undefined>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** Every object whose key begins with `prefix`, in no particular order. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Where a program on this machine may read the object in place; undefined when it is elsewhere. */
  localPath(key: string): string | undefined;
  /**
   * An address where whoever has it may GET the object for a while, straight from the engine; undefined
   * when only this port reads it. `contentType` is what the engine is to call the content.
   */
  addressToRead(
    key: string,
    options: { readonly expiresInSeconds: number; readonly contentType: string },
  ): Promise<string | undefined>;
  /** Forgets what writers that were killed left unfinished. Answers how many there were. */
  removeLeftovers(options: { readonly olderThanSeconds: number }): Promise<number>;
  /** Resolves when the store can be used. */
  check(): Promise<void>;
  /** Lets go of connections. */
  close(): void;
}

/** What a client announces to upload. */
export interface UploadRequest {
  readonly key: string;
  readonly length: number;
  /** Base64 of the binary digest, the form of `Content-MD5`. */
  readonly md5: string;
  readonly contentType?: string;
  readonly expiresInSeconds: number;
}

/** An address that takes one PUT of exactly the announced bytes; `query` is to be appended to `url`. */
interface SignedUpload {
  readonly url: string;
  readonly query: Readonly<Record<string, string>>;
}

export interface UploadSigner {
  /** @throws {InvalidKeyError} */
  sign(request: UploadRequest): Promise<SignedUpload>;
}

/** A PUT as it arrived at this process. */
export interface ArrivingUpload {
  readonly key: string;
  readonly query: Readonly<Record<string, unknown>>;
  /** Node's lower-case header names. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
}

/** Signed uploads: who signs also says who verifies. */
export interface Uploads extends UploadSigner {
  /**
   * Stores exactly what was announced, or nothing. Where the signed addresses lead to the engine itself,
   * which verifies them, none was signed for this process: all are refused.
   * @throws {UploadRefusedError} {BrokenUploadError} {InvalidKeyError}
   */
  receive(upload: ArrivingUpload): Promise<StoredObject>;
}
