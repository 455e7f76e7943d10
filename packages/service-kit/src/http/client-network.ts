import { isIPv6 } from 'node:net';

const GROUPS = 8;
/** 64 bits: what one household or one machine at a provider is given, and can choose its addresses from. */
const NETWORK_GROUPS = 4;

/**
 * Whom a limit counts for an address: an IPv4 address itself, of IPv6 its network, as one client has 2^64 addresses
 * there and could have as many tries.
 */
export function clientNetwork(address: string | undefined): string {
  const plain = (address ?? '').replace(/%.*$/, '');
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain) ?? [];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':') : [];
  const missing = tail === undefined ? 0 : GROUPS - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(missing, 0)).fill('0'), ...after];
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
