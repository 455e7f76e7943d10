import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { checkAddress } from './check-address.ts';
import type { Connect } from './connect-checked.ts';
import { exchange } from './exchange.ts';
import { FetchError } from './fetch-error.ts';
import type { FetchPolicy } from './policy.ts';
import { cutOff, translateError } from './translate-error.ts';

/** Redirects that are followed. */
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface RequestContext {
  readonly connect: Connect;
  readonly policy: FetchPolicy;
  readonly headTimeoutSeconds: number;
  readonly idleTimeoutSeconds: number;
}

export interface RequestOptions {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

export interface Response {
  /** Where it came from, after redirects. */
  readonly url: URL;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: IncomingMessage;
}

/** Ends an answer that nobody reads, and its connection. */
export function discard({ body }: Pick<Response, 'body'>): void {
  body.destroy();
}

/** @throws {FetchError} `cut_off` for an answer that was read to its end and is not whole. */
export function checkWhole({ body, url }: Pick<Response, 'body' | 'url'>): void {
  if (!body.complete) throw cutOff(url.host, undefined);
}

/** One header as text. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) ?? '';
}

/** One request, no redirect followed. @throws {FetchError}, or the reason of the signal. */
export async function requestOnce(
  context: RequestContext,
  address: string,
  options: RequestOptions,
): Promise<Response> {
  const url = checkAddress(address, context.policy);
  const { headTimeoutSeconds, idleTimeoutSeconds } = context;
  const { signal } = options;
  signal.throwIfAborted();
  try {
    const socket = await context.connect(url, signal);
    const body = await exchange(url, socket, { ...options, headTimeoutSeconds, idleTimeoutSeconds });
    return { url, status: body.statusCode ?? 0, headers: body.headers, body };
  } catch (error) {
    signal.throwIfAborted();
    throw translateError(error, url.host);
  }
}

/** GET, following redirects; every hop is checked like the first. @throws {FetchError} */
export async function requestFollowing(
  context: RequestContext,
  address: string,
  options: Omit<RequestOptions, 'method'>,
): Promise<Response> {
  let current = address;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    const response = await requestOnce(context, current, { ...options, method: 'GET' });
    if (!REDIRECTS.has(response.status)) return response;
    discard(response);
    const location = headerOf(response.headers, 'location');
    if (location === '' || !URL.canParse(location, response.url.href)) {
      throw new FetchError('redirect_refused', `${response.url.host} redirects to no address.`);
    }
    current = new URL(location, response.url).href;
  }
  throw new FetchError(
    'redirect_refused',
    `The address redirects more than ${MAX_REDIRECTS} times: give the one that it ends at.`,
  );
}
