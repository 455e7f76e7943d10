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

/** @param publicAddress The bare origin that people reach the platform under. */
export function createFileAddresses(publicAddress: string): FileAddresses {
  const { protocol, hostname, port, origin } = new URL(publicAddress);
  const base = `${origin}${FILES_PATH}`;
  return {
    addressOf: (key) => `${base}${encodePath(key)}`,
    keyOf: (address) => {
      const normalised = normaliseAddress(address);
      if (!normalised?.startsWith(base) || normalised.includes('?')) return undefined;
      const encoded = normalised.slice(base.length);
      const key = decodePath(encoded);
      // An encoded slash would make two addresses of one key.
      if (key === undefined || encodePath(key) !== encoded) return undefined;
      return keyProblem(key) === undefined ? key : undefined;
    },
    prefixesOf: (owner) => {
      const path = `${FILES_PATH}${encodePath(owner)}`;
      const origins =
        port === '' ? [origin, `${protocol}//${hostname}:${DEFAULT_PORTS[protocol]}`] : [origin];
      return origins.map((start) => `${start}${path}`);
    },
  };
}
