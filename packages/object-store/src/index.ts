export { createDiskStore } from './disk/disk-store.ts';
export { createDiskUploads } from './disk/disk-uploads.ts';
export { BrokenUploadError, InvalidKeyError, ObjectNotFoundError, UploadRefusedError } from './errors.ts';
export { createFileAddresses, createS3FileAddresses, type FileAddresses } from './file-addresses.ts';
export { type FilesConfiguration, filesRules, filesVariables } from './files-configuration.ts';
export { keyProblem } from './keys.ts';
export type {
  ArrivingUpload,
  ByteRange,
  ObjectStore,
  StoredObject,
  UploadSigner,
  Uploads,
} from './object-store.ts';
export { openFiles, s3OptionsOf } from './open-files.ts';
export { ensureBucket } from './s3/ensure-bucket.ts';
export type { S3Options } from './s3/s3-options.ts';
export { createS3Store } from './s3/s3-store.ts';
export { createS3Uploads } from './s3/s3-uploads.ts';
