import { createReadStream } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { freePort, startS3 } from '@flyloft/local';
import { createS3Store, ensureBucket } from '@flyloft/object-store';
import { whenDone } from './clean-up.ts';
import type { BenchPlatform } from './platform.ts';
import { temporaryFolder } from './temporary.ts';

/**
 * A copy of one file of the platform's store on an S3 server of its own, for as long as `work` takes: it gets the
 * variables of a replica whose files are there, with an empty cache.
 */
export async function withFileOnS3<T>(
  { filesFolder }: BenchPlatform,
  file: string,
  work: (variables: Record<string, string>) => Promise<T>,
): Promise<T> {
  const folder = await temporaryFolder('s3');
  const keys = { accessKeyId: 'flyloft-bench', secretAccessKey: 'flyloft-bench-secret' };
  const server = await startS3({ dataFolder: join(folder, 'data'), port: await freePort(), ...keys });
  const stop = whenDone(server.stop);
  try {
    const options = {
      ...{ endpoint: server.url, region: 'us-east-1', bucket: 'bench', forcePathStyle: true },
      ...keys,
    };
    await ensureBucket(options);
    const store = createS3Store(options);
    await store.put(
      relative(join(filesFolder, 'objects'), file).split(sep).join('/'),
      createReadStream(file),
    );
    store.close();
    return await work({
      ...{ S3_ENDPOINT: options.endpoint, S3_REGION: options.region, S3_BUCKET: options.bucket },
      ...{ S3_ACCESS_KEY_ID: keys.accessKeyId, S3_SECRET_ACCESS_KEY: keys.secretAccessKey },
      CACHE_FOLDER: join(folder, 'cache'),
    });
  } finally {
    await stop();
  }
}
