import { CreateBucketCommand, S3ServiceException } from '@aws-sdk/client-s3';
import { createClient } from './create-client.ts';
import type { S3Options } from './s3-options.ts';

const OURS = new Set(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists']);

/** Makes the bucket unless it is there. Part of setting a platform up: services never make one. */
export async function ensureBucket(options: S3Options): Promise<void> {
  const client = createClient(options);
  try {
    await client.send(new CreateBucketCommand({ Bucket: options.bucket }));
  } catch (error) {
    if (!(error instanceof S3ServiceException && OURS.has(error.name))) throw error;
  } finally {
    client.destroy();
  }
}
