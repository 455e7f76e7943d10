export { createDiskStore } from './disk/disk-store.ts';
export {
  type ArrivingUpload,
  createDiskUploads,
  type DiskUploads,
  type DiskUploadsOptions,
} from './disk/disk-uploads.ts';
export { BrokenUploadError, InvalidKeyError, ObjectNotFoundError, UploadRefusedError } from './errors.ts';
export { createFileAddresses, type FileAddresses } from './file-addresses.ts';
export { checkKey, keyProblem } from './keys.ts';
export type {
  ByteRange,
  ExpectedContent,
  ObjectStore,
  OpenObject,
  SignedUpload,
  StoredObject,
  UploadRequest,
  UploadSigner,
} from './object-store.ts';
