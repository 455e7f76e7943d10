/** A key that no store accepts; the message says why. */
export class InvalidKeyError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'InvalidKeyError';
  }
}

export class ObjectNotFoundError extends Error {
  readonly key: string;

  constructor(key: string) {
    super(`There is no object ${key}`);
    this.name = 'ObjectNotFoundError';
    this.key = key;
  }
}

/** What arrived is not what was announced, or did not arrive whole. Nothing was stored. */
export class BrokenUploadError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BrokenUploadError';
  }
}

/** A signed address that is forged, altered or used in another way than it was signed for, or too late. */
export class UploadRefusedError extends Error {
  readonly expired: boolean;

  constructor(message: string, options: { readonly expired: boolean }) {
    super(message);
    this.name = 'UploadRefusedError';
    this.expired = options.expired;
  }
}
