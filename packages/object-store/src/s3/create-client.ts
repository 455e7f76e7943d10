import { S3Client } from '@aws-sdk/client-s3';
import type { S3Options } from './s3-options.ts';

const CONNECT_MILLISECONDS = 5_000;
// Without a byte for so long, in either direction, a request has failed; people wait for three of them.
const SILENCE_MILLISECONDS = 10_000;
const ATTEMPTS = 3;

export function createClient(options: S3Options, endpoint = options.endpoint): S3Client {
  const { region, accessKeyId, secretAccessKey, forcePathStyle = true } = options;
  return new S3Client({
    endpoint,
    region,
    forcePathStyle,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_MILLISECONDS, socketTimeout: SILENCE_MILLISECONDS },
    // The newer checksums are unknown to many S3 servers, and would be signed into the addresses of
    // uploads, whose content nobody knows yet.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
