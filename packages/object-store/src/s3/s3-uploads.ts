import { PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { UploadRefusedError } from '../errors.ts';
import { checkKey } from '../keys.ts';
import type { Uploads } from '../object-store.ts';
import { createClient } from './create-client.ts';
import type { S3Options } from './s3-options.ts';

export interface S3UploadsOptions extends S3Options {
  /** The clock, in milliseconds; default the machine's. */
  readonly now?: () => number;
}

/**
 * Signed uploads that go straight to S3, which verifies them: SigV4 over the length, the MD5 and, when it
 * was announced, the type (packages.md A5).
 */
export function createS3Uploads(options: S3UploadsOptions): Uploads {
  const { now = Date.now } = options;
  const client = createClient(options, options.publicEndpoint ?? options.endpoint);
  return {
    sign: async ({ key, length, md5, contentType, expiresInSeconds }) => {
      checkKey(key);
      const command = new PutObjectCommand({
        Bucket: options.bucket,
        Key: key,
        ContentLength: length,
        ContentMD5: md5,
        ...(contentType === undefined ? {} : { ContentType: contentType }),
      });
      const signed = await getSignedUrl(client, command, {
        expiresIn: expiresInSeconds,
        signingDate: new Date(now()),
        // The presigner leaves the type out unless it is told not to; unannounced, it has a default one.
        ...(contentType === undefined ? {} : { signableHeaders: new Set(['content-type']) }),
      });
      const { origin, pathname, searchParams } = new URL(signed);
      return { url: `${origin}${pathname}`, query: Object.fromEntries(searchParams) };
    },
    receive: async ({ key }) => {
      checkKey(key);
      throw new UploadRefusedError('No address is signed for uploads to here: ask for a signed address', {
        expired: false,
      });
    },
  };
}
