import { Readable } from 'node:stream';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { ExpectedContent } from '../object-store.ts';
import { verifyContent } from '../verify-content.ts';
import { asInvalidKey } from './s3-errors.ts';

// 10,000 parts are allowed: objects of up to 160 GB, with 32 MB of memory.
const PART_BYTES = 16 * 1024 * 1024;
const PARTS_AT_ONCE = 1;

/**
 * Stores all of the content or nothing. What fits into one part is sent when it has arrived whole and is
 * verified; larger content goes up in parts that become an object with the last one, or are given up.
 */
export async function writeObject(
  client: S3Client,
  { bucket, key }: { readonly bucket: string; readonly key: string },
  content: Readable,
  expected: ExpectedContent,
): Promise<void> {
  const body = Readable.from(verifyContent(expected)(content), { objectMode: false });
  const upload = new Upload({
    client,
    params: { Bucket: bucket, Key: key, Body: body },
    partSize: PART_BYTES,
    queueSize: PARTS_AT_ONCE,
    leavePartsOnError: false,
  });
  try {
    await upload.done();
  } catch (error) {
    throw asInvalidKey(error);
  } finally {
    content.destroy();
  }
}
