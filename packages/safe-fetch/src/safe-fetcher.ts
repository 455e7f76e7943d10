import { setTimeout as delay } from 'node:timers/promises';
import { connectChecked, type Resolve } from './connect-checked.ts';
import type { Dial } from './dial.ts';
import { type Download, type DownloadOptions, downloadOnce } from './download.ts';
import { FetchError } from './fetch-error.ts';
import type { FetchPolicy } from './policy.ts';
import type { RequestContext } from './request.ts';
import { type Answer, type SendOptions, sendOnce } from './send.ts';

export interface SafeFetcherOptions {
  readonly policy: FetchPolicy;
  /** Longest wait for a connection; default 10. */
  readonly connectTimeoutSeconds?: number;
  /** Longest wait for the head of an answer; default 30. */
  readonly headTimeoutSeconds?: number;
  /** Longest pause within an answer; default 30. */
  readonly idleTimeoutSeconds?: number;
  /** Longest time for all of it, redirects and tries included; default 1,800. */
  readonly totalTimeoutSeconds?: number;
  /** How often a download is tried; default 3. */
  readonly attempts?: number;
  /** Wait before the second try, doubled for each later one, and up to twice as long by chance; default 500. */
  readonly retryDelayMilliseconds?: number;
  /** Looks names up; default: as the system does. */
  readonly resolve?: Resolve;
  /** Connects to a checked IP address; default: TCP and TLS. */
  readonly dial?: Dial;
}

/** The one HTTP client that may ask addresses that people gave (reliability.md, "Safe fetching"). */
export interface SafeFetcher {
  /** Fetches into a file; tries again what may pass. @throws {FetchError}, or the reason of the signal. */
  download(address: string, options: DownloadOptions): Promise<Download>;
  /** Posts, once. @throws {FetchError}, or the reason of the signal. */
  send(address: string, options: SendOptions): Promise<Answer>;
  close(): Promise<void>;
}

/** No longer than this for somebody who asks to be left alone for a while. */
const MAX_RETRY_AFTER_SECONDS = 10;

export function createSafeFetcher(options: SafeFetcherOptions): SafeFetcher {
  const { policy, resolve, dial, attempts = 3, retryDelayMilliseconds = 500 } = options;
  const { connectTimeoutSeconds = 10, headTimeoutSeconds = 30, idleTimeoutSeconds = 30 } = options;
  const { totalTimeoutSeconds = 1_800 } = options;
  const connect = connectChecked({ policy, resolve, dial, connectTimeoutSeconds });
  const context: RequestContext = { connect, policy, headTimeoutSeconds, idleTimeoutSeconds };
  const closing = new AbortController();

  /** Ends the work after the whole time, with words for it. */
  const within = async <T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const message = `The address took longer than the ${totalTimeoutSeconds} seconds that it may.`;
    const limit = new AbortController();
    const timer = setTimeout(
      () => limit.abort(new FetchError('timed_out', message)),
      totalTimeoutSeconds * 1000,
    );
    try {
      const own = [closing.signal, limit.signal];
      return await work(AbortSignal.any(signal === undefined ? own : [signal, ...own]));
    } finally {
      clearTimeout(timer);
    }
  };

  const pauseAfter = (error: FetchError, attempt: number): number => {
    const asked = Math.min(error.retryAfterSeconds ?? 0, MAX_RETRY_AFTER_SECONDS) * 1000;
    const backoff = retryDelayMilliseconds * 2 ** (attempt - 1) * (1 + Math.random());
    return Math.max(asked, backoff);
  };

  return {
    download: (address, { signal, ...target }) =>
      within(signal, async (limited) => {
        for (let attempt = 1; ; attempt += 1) {
          try {
            return await downloadOnce(context, address, { ...target, signal: limited });
          } catch (error) {
            if (!(error instanceof FetchError) || !error.isPassing || attempt >= attempts) throw error;
            await delay(pauseAfter(error, attempt), undefined, { signal: limited }).catch(() => undefined);
            limited.throwIfAborted();
          }
        }
      }),
    send: (address, { signal, ...request }) =>
      within(signal, (limited) => sendOnce(context, address, { ...request, signal: limited })),
    close: async () => closing.abort(new FetchError('cut_off', 'Fetching has ended, for the service stops.')),
  };
}
