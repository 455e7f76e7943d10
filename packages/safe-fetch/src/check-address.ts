import { FetchError } from './fetch-error.ts';
import { type FetchPolicy, names, portOf } from './policy.ts';
import { isPublicAddress, literalAddress } from './public-address.ts';

const LOCAL_NAME = /^(?:.*\.)?localhost\.?$/;

function refuse(message: string): never {
  throw new FetchError('address_refused', message);
}

/** The sentence for an address whose host is, or leads to, a place that is not public. */
export function notPublic(host: string): FetchError {
  return new FetchError(
    'address_refused',
    `The host ${host} is not on the public internet, so nothing is fetched from it. Upload the files here instead, or ask the operator to name the host in FETCH_ALLOW_HOSTS.`,
  );
}

function parse(address: string): URL {
  if (!URL.canParse(address)) {
    throw new FetchError(
      'address_invalid',
      `"${address.slice(0, 200)}" is not an address: give one that begins with https://.`,
    );
  }
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') {
    throw new FetchError(
      'address_invalid',
      'The address carries a user name or password: give one that works without.',
    );
  }
  url.hash = '';
  return url;
}

/**
 * Checks all that an address itself tells, without asking the network. Names are checked again when they are
 * looked up.
 * @throws {FetchError} `address_invalid`, `address_refused`.
 */
export function checkAddress(address: string, policy: FetchPolicy): URL {
  const url = parse(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    refuse(`Addresses of the kind "${url.protocol}" are not fetched: only http: and https: are.`);
  }
  const { ports, openHosts, onlyHosts } = policy;
  if (onlyHosts !== undefined && !names(onlyHosts, url)) {
    refuse(`Nothing is fetched from ${url.host}: the operator allows other hosts only.`);
  }
  if (names(openHosts, url)) return url;
  const isConfigured = onlyHosts?.some(({ host, port }) => host === url.hostname && port === portOf(url));
  if (!ports.includes(portOf(url)) && !isConfigured) {
    refuse(`Nothing is fetched from port ${portOf(url)}, only from ${ports.join(', ')}.`);
  }
  const literal = literalAddress(url);
  const isLocal = literal === undefined ? LOCAL_NAME.test(url.hostname) : !isPublicAddress(literal);
  if (isLocal) throw notPublic(url.hostname);
  return url;
}
