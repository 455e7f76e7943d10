export { createDiskStore } from './disk/disk-store.ts';
export {
  type ArrivingUpload,
  createDiskUploads,
  type DiskUploads,
} from './disk/disk-uploads.ts';
export { removeLeftovers } from './disk/remove-leftovers.ts';
export { BrokenUploadError, InvalidKeyError, ObjectNotFoundError, UploadRefusedError } from './errors.ts';
export { createFileAddresses, type FileAddresses } from './file-addresses.ts';
export { keyProblem } from './keys.ts';
export type {
  ByteRange,
  ObjectStore,
  StoredObject,
  UploadSigner,
} from './object-store.ts';
