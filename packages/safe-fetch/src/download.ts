import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { tap } from '@flyloft/common';
import { decodeBody, tooLarge } from './decode-body.ts';
import { FetchError } from './fetch-error.ts';
import {
  checkWhole,
  discard,
  headerOf,
  type RequestContext,
  type Response,
  requestFollowing,
} from './request.ts';
import { translateError } from './translate-error.ts';

export interface DownloadOptions {
  /** The file that is written; what was there is replaced. */
  readonly target: string;
  /** Of the content, decompressed where the answer says that it is compressed. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

/** A file that has arrived whole. */
export interface Download {
  readonly bytes: number;
  /** Of the content, in hexadecimal. */
  readonly md5: string;
  readonly sha256: string;
  /** In lower case and without parameters; empty when the answer did not say. */
  readonly contentType: string;
  /** Where it was found, after redirects. */
  readonly address: string;
}

const HEADERS = { accept: '*/*', 'accept-encoding': 'gzip, deflate, br', 'user-agent': 'Flyloft' };
/** A page for people, where data was expected: a login form, or an error that says 200. */
const PAGE = new Set(['text/html', 'application/xhtml+xml']);
const PASSING_STATUS = new Set([408, 425, 429, 500, 502, 503, 504]);

function retryAfterOf({ headers }: Response): number | undefined {
  const text = headerOf(headers, 'retry-after');
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function statusError(response: Response): FetchError {
  const { status, url } = response;
  const isPassing = PASSING_STATUS.has(status);
  const advice = isPassing
    ? 'Try again later.'
    : status === 401 || status === 403
      ? 'Only what everyone may read can be fetched.'
      : 'Check the address.';
  return new FetchError('status', `${url.host} answered ${status} for ${url.href}. ${advice}`, {
    ...{ status, isPassing },
    retryAfterSeconds: retryAfterOf(response),
  });
}

/**
 * How the content is compressed for the way. A file named `.gz` is one itself: servers that say so
 * once more, by its encoding, mean the file.
 */
function encodingOf({ headers, url }: Response): string {
  const encoding = headerOf(headers, 'content-encoding').trim().toLowerCase();
  return /^(x-)?gzip$/.test(encoding) && url.pathname.endsWith('.gz') ? '' : encoding;
}

function checkHead(response: Response, contentType: string, maxBytes: number): void {
  const { status, headers, url } = response;
  if (status !== 200) throw statusError(response);
  if (PAGE.has(contentType)) {
    const message = `${url.href} is a web page, not a file of data: give the address that downloads the file itself.`;
    throw new FetchError('content_refused', message);
  }
  if (Number(headerOf(headers, 'content-length')) > maxBytes) throw tooLarge(maxBytes);
}

/** Fetches a file once. @throws {FetchError}, the reason of the signal, or what writing threw. */
export async function downloadOnce(
  context: RequestContext,
  address: string,
  { target, maxBytes, signal }: DownloadOptions & { readonly signal: AbortSignal },
): Promise<Download> {
  const response = await requestFollowing(context, address, { headers: HEADERS, signal });
  const contentType = headerOf(response.headers, 'content-type').split(';')[0]?.trim().toLowerCase() ?? '';
  const hashes = { md5: createHash('md5'), sha256: createHash('sha256') };
  let bytes = 0;
  const hashing = tap((chunk) => {
    bytes += chunk.length;
    hashes.md5.update(chunk);
    hashes.sha256.update(chunk);
  });
  try {
    checkHead(response, contentType, maxBytes);
    const stages = decodeBody(encodingOf(response), maxBytes);
    await pipeline(response.body, ...stages, hashing, createWriteStream(target), { signal });
    checkWhole(response);
  } catch (error) {
    discard(response);
    signal.throwIfAborted();
    throw translateError(error, response.url.host);
  }
  return {
    ...{ bytes, contentType, address: response.url.href },
    md5: hashes.md5.digest('hex'),
    sha256: hashes.sha256.digest('hex'),
  };
}
