import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { ObjectNotFoundError } from '../errors.ts';
import { checkKey } from '../keys.ts';
import type { ByteRange, ObjectStore, OpenObject, StoredObject } from '../object-store.ts';
import { createClient } from './create-client.ts';
import { abortUnfinished, listObjects } from './list-objects.ts';
import { isAbsent, isOutOfRange } from './s3-errors.ts';
import type { S3Options } from './s3-options.ts';
import { writeObject } from './write-object.ts';

const CHECK_MILLISECONDS = 5_000;

interface Described {
  readonly ETag?: string | undefined;
  readonly LastModified?: Date | undefined;
}

function describe(key: string, length: number | undefined, { ETag, LastModified }: Described): StoredObject {
  if (length === undefined || ETag === undefined || LastModified === undefined) {
    throw new Error(`The S3 server did not describe ${key}`);
  }
  return { key, length, etag: ETag, modifiedAt: LastModified };
}

async function statObject(client: S3Client, bucket: string, key: string): Promise<StoredObject | undefined> {
  try {
    const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return describe(key, head.ContentLength, head);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** The whole length, from `bytes 2-4/10`; of everything it is the length of what comes. */
function lengthOf(contentRange: string | undefined, contentLength: number | undefined): number | undefined {
  const total = /\/(\d+)$/.exec(contentRange ?? '')?.[1];
  return total === undefined ? contentLength : Number(total);
}

async function readObject(
  client: S3Client,
  bucket: string,
  key: string,
  range: ByteRange | undefined,
): Promise<OpenObject> {
  // S3 takes a range that makes no sense for none at all.
  if (range && (range.start < 0 || range.end < range.start)) throw new RangeError(`${key} has no such part`);
  const part = range && { Range: `bytes=${range.start}-${range.end}` };
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...part }));
    const object = describe(key, lengthOf(answer.ContentRange, answer.ContentLength), answer);
    if (!(answer.Body instanceof Readable)) throw new Error(`The S3 server sent nothing of ${key}`);
    return { ...object, stream: answer.Body };
  } catch (error) {
    if (isAbsent(error)) throw new ObjectNotFoundError(key);
    if (isOutOfRange(error)) throw new RangeError(`${key} ends before byte ${range?.start}`);
    throw error;
  }
}

/** Objects in a bucket of any S3. */
export function createS3Store(options: S3Options): ObjectStore {
  const { bucket } = options;
  const client = createClient(options);
  // Signs only: it never connects.
  const publicClient = createClient(options, options.publicEndpoint ?? options.endpoint);
  return {
    put: async (key, content, expected = {}) => {
      checkKey(key);
      await writeObject(client, { bucket, key }, content, expected);
      const stored = await statObject(client, bucket, key);
      if (stored === undefined) throw new ObjectNotFoundError(key);
      return stored;
    },
    read: async (key, { range } = {}) => {
      checkKey(key);
      return readObject(client, bucket, key, range);
    },
    stat: async (key) => {
      checkKey(key);
      return statObject(client, bucket, key);
    },
    remove: async (key) => {
      checkKey(key);
      // What is not there is an error on some servers.
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })).catch((error: unknown) => {
        if (!isAbsent(error)) throw error;
      });
    },
    list: (prefix) => listObjects(client, bucket, prefix),
    localPath: (key) => {
      checkKey(key);
      return undefined;
    },
    addressToRead: async (key, { expiresInSeconds, contentType }) => {
      checkKey(key);
      const command = new GetObjectCommand({ Bucket: bucket, Key: key, ResponseContentType: contentType });
      return getSignedUrl(publicClient, command, { expiresIn: expiresInSeconds });
    },
    removeLeftovers: ({ olderThanSeconds }) => abortUnfinished(client, bucket, olderThanSeconds),
    check: async () => {
      const abortSignal = AbortSignal.timeout(CHECK_MILLISECONDS);
      await client
        .send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal })
        .catch((cause: unknown) => {
          throw new Error(`The bucket ${bucket} at ${options.endpoint} cannot be used`, { cause });
        });
    },
    close: () => client.destroy(),
  };
}
