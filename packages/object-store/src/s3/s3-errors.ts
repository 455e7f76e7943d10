import { S3ServiceException } from '@aws-sdk/client-s3';
import { InvalidKeyError } from '../errors.ts';

/** Whether an error says that there is no such object. */
export function isAbsent(error: unknown): boolean {
  return error instanceof S3ServiceException && (error.name === 'NoSuchKey' || error.name === 'NotFound');
}

export function isOutOfRange(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 416;
}

/** S3 servers that keep objects as files cannot hold one under another, as a folder cannot. */
const NOT_A_FOLDER = new Set([
  'ObjectParentIsFile',
  'ExistingObjectIsDirectory',
  'DirectoryObjectContainsData',
]);

export function asInvalidKey(error: unknown): unknown {
  return error instanceof S3ServiceException && NOT_A_FOLDER.has(error.name)
    ? new InvalidKeyError('The key names a folder of other objects, or lies under another object')
    : error;
}
