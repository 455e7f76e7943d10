import type { ServiceName } from '../platform/services.ts';

/** Which service answers which first path segments (architecture: "gateway"). */
const SEGMENTS: Readonly<Record<string, ServiceName>> = {
  auth: 'auth',
  user: 'auth',
  oauth: 'auth',
  oidc: 'auth',
  '.well-known': 'auth',
  admin: 'auth',
  hydra: 'auth',
  notifications: 'auth',
  'push-subscriptions': 'auth',
  reports: 'auth',
  datastore: 'package-conductor',
  package: 'package-conductor',
  packages: 'package-conductor',
  loads: 'package-conductor',
  search: 'package-conductor',
  files: 'package-conductor',
  'data-sets': 'write-api',
  _user: 'write-api',
  _status: 'read-api',
};

/** A data set by its name alone, as the oldest clients ask; a service's own pages have no such name. */
const DATA_SET_NAME = /^\/[a-z][a-z0-9_]+$/;

/** What each service answers for itself, which no origin in front of them has. */
const OWN_PAGES = new Set(['livez', 'readyz', 'version', 'docs', 'metrics']);

/** The page on which people upload to a data set. */
const UPLOAD_PAGE = /^\/[a-z][a-z0-9_]+\/upload$/;

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The service that a request is for, or undefined. */
export function serviceFor(method: string, path: string): ServiceName | undefined {
  const [, first = '', second = ''] = path.split('/');
  if (first === 'data') return READING.has(method) ? 'read-api' : 'write-api';
  if (first === 'api') return second === '3' ? 'read-api' : undefined;
  if (Object.hasOwn(SEGMENTS, first)) return SEGMENTS[first];
  // a data set of this name is written by its other addresses
  if (path === '/users' && method === 'POST') return 'auth';
  if (UPLOAD_PAGE.test(path)) return 'write-api';
  if (!DATA_SET_NAME.test(path) || OWN_PAGES.has(first)) return undefined;
  return READING.has(method) ? 'read-api' : 'write-api';
}
