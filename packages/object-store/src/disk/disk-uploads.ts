import { BrokenUploadError, UploadRefusedError } from '../errors.ts';
import type { FileAddresses } from '../file-addresses.ts';
import { checkKey } from '../keys.ts';
import type { ArrivingUpload, ObjectStore, Uploads } from '../object-store.ts';
import { isSignature, type SignedTerms, signatureOf } from './signature.ts';

export interface DiskUploadsOptions {
  readonly store: ObjectStore;
  readonly addresses: FileAddresses;
  /** Shared by all replicas that sign or receive. */
  readonly signingKey: string;
  /** The clock, in milliseconds; default the machine's. */
  readonly now?: () => number;
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const WHOLE_NUMBER = /^\d{1,15}$/;
const whole = (value: unknown) => (WHOLE_NUMBER.test(text(value)) ? Number(value) : Number.NaN);

function termsOf({ key, query, headers }: ArrivingUpload): SignedTerms {
  const typed = text(query.SignedHeaders).includes('content-type');
  return {
    key,
    length: whole(query.Length),
    md5: text(headers['content-md5']),
    contentType: typed ? text(headers['content-type']) : undefined,
    expires: whole(query.Expires),
  };
}

function checkTerms(upload: ArrivingUpload, signingKey: string, now: number): SignedTerms {
  const terms = termsOf(upload);
  if (!isSignature(signingKey, terms, text(upload.query.Signature))) {
    throw new UploadRefusedError(
      'The address was not signed for this: send it unchanged, with the Content-MD5 and Content-Type that were announced',
      { expired: false },
    );
  }
  if (terms.expires * 1000 <= now) {
    throw new UploadRefusedError('The signed address has expired: ask for a new one', { expired: true });
  }
  const declared = upload.headers['content-length'];
  if (declared !== undefined && Number(declared) !== terms.length) {
    throw new BrokenUploadError(`Content-Length is ${text(declared)}, ${terms.length} bytes were announced`);
  }
  return terms;
}

/** Signed uploads that arrive at this process. */
export function createDiskUploads(options: DiskUploadsOptions): Uploads {
  const { store, addresses, signingKey, now = Date.now } = options;
  return {
    sign: async ({ key, length, md5, contentType, expiresInSeconds }) => {
      checkKey(key);
      const expires = Math.floor(now() / 1000) + expiresInSeconds;
      const signature = signatureOf(signingKey, { key, length, md5, contentType, expires });
      return {
        url: addresses.addressOf(key),
        query: {
          Expires: String(expires),
          Length: String(length),
          SignedHeaders: contentType === undefined ? 'content-md5' : 'content-md5;content-type',
          Signature: signature,
        },
      };
    },
    receive: async (upload) => {
      checkKey(upload.key);
      const { key, length, md5 } = checkTerms(upload, signingKey, now());
      return store.put(key, upload.body, { length, md5 });
    },
  };
}
