import { lookup } from 'node:dns/promises';
import type { Socket } from 'node:net';
import { checkAddress, notPublic } from './check-address.ts';
import { type Dial, dialDirectly } from './dial.ts';
import { type FetchPolicy, names, portOf } from './policy.ts';
import { isPublicAddress, literalAddress } from './public-address.ts';

/** All IP addresses of a name. @throws when it is not known. */
export type Resolve = (name: string) => Promise<readonly string[]>;

export interface ConnectOptions {
  readonly policy: FetchPolicy;
  readonly resolve?: Resolve | undefined;
  readonly dial?: Dial | undefined;
  readonly connectTimeoutSeconds: number;
}

/** Connects to the host of a URL. @throws {FetchError}, what the system threw, or the reason of the signal. */
export type Connect = (url: URL, signal: AbortSignal) => Promise<Socket>;

const resolveBySystem: Resolve = async (name) =>
  (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);

/** The IP addresses that a connection may go to. @throws {FetchError} when any of them may not be fetched. */
async function checkedAddresses(url: URL, policy: FetchPolicy, resolve: Resolve): Promise<string[]> {
  const literal = literalAddress(url);
  if (literal !== undefined) return [literal];
  const found = await resolve(url.hostname);
  const isOpen = names(policy.openHosts, url);
  if (!isOpen && !found.every(isPublicAddress)) throw notPublic(url.hostname);
  return [...found];
}

/**
 * Connects to the very IP addresses that it has checked: a name that resolves to something else a moment
 * later changes nothing.
 */
export function connectChecked(options: ConnectOptions): Connect {
  const { policy, resolve = resolveBySystem, connectTimeoutSeconds, dial = dialDirectly } = options;
  return async (given, signal) => {
    // Checked here again, whatever was checked before: every connection comes through here, IP literals too.
    const url = checkAddress(given.href, policy);
    const addresses = await checkedAddresses(url, policy, resolve);
    // The certificate is checked against the name.
    const servername = literalAddress(url) === undefined ? url.hostname : undefined;
    const target = { port: portOf(url), isSecure: url.protocol === 'https:', servername };
    let last: unknown = new Error(`${url.hostname} has no address`);
    for (const address of addresses) {
      signal.throwIfAborted();
      const limit = AbortSignal.timeout(connectTimeoutSeconds * 1000);
      try {
        return await dial({ ...target, address }, AbortSignal.any([signal, limit]));
      } catch (error) {
        signal.throwIfAborted();
        last = limit.aborted
          ? Object.assign(new Error('connecting took too long'), { code: 'ETIMEDOUT' })
          : error;
      }
    }
    throw last;
  };
}
