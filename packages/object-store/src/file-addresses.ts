import { normaliseAddress } from '@flyloft/common';
import { keyProblem } from './keys.ts';

/** Turns keys of uploaded files into the public addresses they are served under, and back. */
export interface FileAddresses {
  addressOf(key: string): string;
  /** The key behind any spelling of one of our own addresses; undefined for addresses elsewhere. */
  keyOf(address: string): string | undefined;
  /** Every spelling that an owner's own addresses may begin with; first the one that we use. */
  prefixesOf(owner: string): string[];
}

/** Where clients find the bucket when files are on S3. */
export interface PublicBucket {
  /** Origin of the S3 server. */
  readonly endpoint: string;
  readonly bucket: string;
  /** `endpoint/bucket/key` (default) instead of `bucket.endpoint/key`. */
  readonly forcePathStyle?: boolean | undefined;
}

/** The path under the public address where the conductor serves files. */
const FILES_PATH = '/files/';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

function decodePath(path: string): string | undefined {
  try {
    return path.split('/').map(decodeURIComponent).join('/');
  } catch {
    return undefined;
  }
}

function encodePath(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/');
}

/** @param bases What our own addresses begin with, normalised; the first is the one that we use. */
function addressesUnder(bases: readonly [string, ...string[]], spellings: readonly string[]): FileAddresses {
  return {
    addressOf: (key) => `${bases[0]}${encodePath(key)}`,
    keyOf: (address) => {
      const normalised = normaliseAddress(address);
      const base = bases.find((candidate) => normalised?.startsWith(candidate));
      if (normalised === undefined || base === undefined || normalised.includes('?')) return undefined;
      const encoded = normalised.slice(base.length);
      const key = decodePath(encoded);
      // An encoded slash would make two addresses of one key.
      if (key === undefined || encodePath(key) !== encoded) return undefined;
      return keyProblem(key) === undefined ? key : undefined;
    },
    prefixesOf: (owner) => [...new Set(spellings)].map((start) => `${start}${encodePath(owner)}`),
  };
}

/**
 * Files that the conductor serves.
 * @param publicAddress The bare origin that people reach the platform under.
 */
export function createFileAddresses(publicAddress: string): FileAddresses {
  const { protocol, hostname, port, origin } = new URL(publicAddress);
  const origins = port === '' ? [origin, `${protocol}//${hostname}:${DEFAULT_PORTS[protocol]}`] : [origin];
  return addressesUnder(
    [`${origin}${FILES_PATH}`],
    origins.map((start) => `${start}${FILES_PATH}`),
  );
}

/**
 * Files that S3 serves. The conductor's addresses, which lead there, are known as our own as well, and so
 * are the eight spellings that clients of the original know (packages.md 2).
 */
export function createS3FileAddresses(publicAddress: string, files: PublicBucket): FileAddresses {
  const { endpoint, bucket, forcePathStyle = true } = files;
  const { protocol, host, hostname } = new URL(endpoint);
  const own = forcePathStyle ? `${protocol}//${host}/${bucket}/` : `${protocol}//${bucket}.${host}/`;
  const eight = ['http:', 'https:'].flatMap((scheme) => {
    const port = DEFAULT_PORTS[scheme];
    return [
      `${scheme}//${hostname}:${port}/${bucket}/`,
      `${scheme}//${hostname}/${bucket}/`,
      `${scheme}//${bucket}:${port}/`,
      `${scheme}//${bucket}/`,
    ];
  });
  const bases = [...eight, `${publicAddress}${FILES_PATH}`].map((base) => normaliseAddress(base) ?? base);
  return addressesUnder([own, ...bases], [own, ...eight]);
}
