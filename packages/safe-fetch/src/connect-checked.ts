import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { buildConnector } from 'undici';
import { checkAddress, notPublic } from './check-address.ts';
import type { FetchPolicy } from './policy.ts';
import { names } from './policy.ts';
import { isPublicAddress, literalAddress } from './public-address.ts';

/** All IP addresses of a name. @throws when it is not known. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** Makes the connection to one IP address that has been checked. */
export type Dial = buildConnector.connector;

export interface ConnectOptions {
  readonly policy: FetchPolicy;
  readonly resolve?: Resolve | undefined;
  readonly dial?: Dial | undefined;
  readonly connectTimeoutSeconds: number;
}

const resolveBySystem: Resolve = async (name) =>
  (await lookup(name, { all: true, verbatim: true })).map(({ address }) => address);

type Target = buildConnector.Options;

/** The IP addresses that a connection may go to. @throws {FetchError} when any of them may not be fetched. */
async function checkedAddresses(target: Target, policy: FetchPolicy, resolve: Resolve): Promise<string[]> {
  // Checked here again, whatever was checked before: every connection comes through here, IP literals too.
  const host = target.hostname.includes(':')
    ? `[${target.hostname.replace(/^\[|\]$/g, '')}]`
    : target.hostname;
  const port = target.port === '' ? '' : `:${target.port}`;
  const url = checkAddress(`${target.protocol}//${host}${port}`, policy);
  const literal = literalAddress(url);
  if (literal !== undefined) return [literal];
  const found = await resolve(url.hostname);
  const isOpen = names(policy.openHosts, url);
  if (!isOpen && !found.every(isPublicAddress)) throw notPublic(url.hostname);
  return [...found];
}

/**
 * A connector that connects to the very IP addresses that it has checked: a name that resolves to something
 * else a moment later changes nothing.
 */
export function connectChecked(options: ConnectOptions): Dial {
  const { policy, resolve = resolveBySystem, connectTimeoutSeconds } = options;
  const dial = options.dial ?? buildConnector({ timeout: connectTimeoutSeconds * 1000 });
  return (target, callback) => {
    const servername = isIP(target.hostname.replace(/^\[|\]$/g, '')) ? undefined : target.hostname;
    const dialNext = ([address, ...others]: string[], last: Error) => {
      if (address === undefined) return callback(last, null);
      // The certificate is still checked against the name.
      const named = servername === undefined ? target : { ...target, servername };
      dial({ ...named, hostname: address }, (...[error, socket]) => {
        if (error === null) callback(null, socket);
        else dialNext(others, error);
      });
    };
    checkedAddresses(target, policy, resolve).then(
      (addresses) => dialNext(addresses, new Error(`${target.hostname} has no address`)),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}
