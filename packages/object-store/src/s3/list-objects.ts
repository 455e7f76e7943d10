import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { checkPrefix } from '../keys.ts';
import type { StoredObject } from '../object-store.ts';

/** Every object of the bucket whose key begins with `prefix`, a page at a time. */
export async function* listObjects(
  client: S3Client,
  bucket: string,
  prefix: string,
): AsyncGenerator<StoredObject> {
  checkPrefix(prefix);
  for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
      if (Key === undefined || ETag === undefined || LastModified === undefined) continue;
      yield { key: Key, length: Size ?? 0, etag: ETag, modifiedAt: LastModified };
    }
  }
}

/** Gives up uploads in parts that were begun long ago and never ended; answers how many. */
export async function abortUnfinished(
  client: S3Client,
  bucket: string,
  olderThanSeconds: number,
): Promise<number> {
  const limit = Date.now() - olderThanSeconds * 1000;
  let aborted = 0;
  let marker: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  while (marker !== undefined) {
    const page: Awaited<ReturnType<typeof nextPage>> = await nextPage(client, bucket, marker);
    for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
      if (Initiated === undefined || Initiated.getTime() > limit) continue;
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
      aborted += 1;
    }
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    marker = IsTruncated ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
  }
  return aborted;
}

function nextPage(
  client: S3Client,
  bucket: string,
  marker: { readonly KeyMarker?: string | undefined; readonly UploadIdMarker?: string | undefined },
) {
  return client.send(new ListMultipartUploadsCommand({ Bucket: bucket, ...marker }));
}
