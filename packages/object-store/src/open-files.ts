import { createDiskStore } from './disk/disk-store.ts';
import { createDiskUploads } from './disk/disk-uploads.ts';
import { createFileAddresses, createS3FileAddresses, type FileAddresses } from './file-addresses.ts';
import type { FilesConfiguration } from './files-configuration.ts';
import type { ObjectStore, Uploads } from './object-store.ts';
import type { S3Options } from './s3/s3-options.ts';
import { createS3Store } from './s3/s3-store.ts';
import { createS3Uploads } from './s3/s3-uploads.ts';

/** Files as they are configured, on disk or on S3. */
export interface Files {
  readonly store: ObjectStore;
  /** @param publicAddress The bare origin that people reach the platform under. */
  readonly addresses: (publicAddress: string) => FileAddresses;
  /** @param signingKey Secret of signed uploads to this platform; S3 has its own. */
  readonly uploads: (addresses: FileAddresses, signingKey: string | undefined) => Uploads;
}

/** The S3 that is configured; undefined when files are on disk. */
export function s3OptionsOf(config: FilesConfiguration): S3Options | undefined {
  const { S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY } = config;
  if (S3_ENDPOINT === undefined) return undefined;
  if (S3_BUCKET === undefined || S3_ACCESS_KEY_ID === undefined || S3_SECRET_ACCESS_KEY === undefined) {
    throw new Error('S3_ENDPOINT needs S3_BUCKET, S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY');
  }
  return {
    endpoint: S3_ENDPOINT,
    publicEndpoint: config.S3_PUBLIC_ENDPOINT,
    region: config.S3_REGION,
    bucket: S3_BUCKET,
    accessKeyId: S3_ACCESS_KEY_ID,
    secretAccessKey: S3_SECRET_ACCESS_KEY,
    forcePathStyle: config.S3_FORCE_PATH_STYLE,
  };
}

function filesOnS3(options: S3Options): Files {
  const bucket = { ...options, endpoint: options.publicEndpoint ?? options.endpoint };
  return {
    store: createS3Store(options),
    addresses: (publicAddress) => createS3FileAddresses(publicAddress, bucket),
    uploads: () => createS3Uploads(options),
  };
}

function filesOnDisk(folder: string): Files {
  const store = createDiskStore({ folder });
  return {
    store,
    addresses: createFileAddresses,
    uploads: (addresses, signingKey) => {
      if (signingKey === undefined) throw new Error('Uploads to this platform need a signing key');
      return createDiskUploads({ store, addresses, signingKey });
    },
  };
}

/** Opens the files that a service is configured with. */
export function openFiles(config: FilesConfiguration): Files {
  const s3 = s3OptionsOf(config);
  if (s3 !== undefined) return filesOnS3(s3);
  if (config.FILES_FOLDER === undefined) throw new Error('Neither FILES_FOLDER nor S3_ENDPOINT is set');
  return filesOnDisk(config.FILES_FOLDER);
}
