import { problem } from '../problem.ts';
import { createRevocationList, type RevocableToken } from './revocation-list.ts';
import { type RevocationPage, revocationPageSchema } from './revocation-page.ts';

/** Auth's revocation feed, as a verifier needs it. */
export interface Revocations {
  /** @throws {ProblemError} 503 while the feed could never be read: nothing is known, so nothing is allowed. */
  readonly ready: () => Promise<void> | undefined;
  readonly isRevoked: (token: RevocableToken) => boolean;
}

export interface FollowedRevocations extends Revocations {
  /** Seconds since the feed was last read whole; Infinity before the first time. */
  readonly ageSeconds: () => number;
  /** For `/readyz`: rejects while what is known is older than services promise (auth.md A1: 60 s). */
  readonly check: () => Promise<void>;
  readonly stop: () => void;
}

export interface FollowOptions {
  readonly url: URL;
  /** Default 15: with time-outs and a cache on the way still well under 60. */
  readonly intervalSeconds?: number;
  /** Epoch milliseconds. */
  readonly clock?: () => number;
  readonly onError?: (error: unknown) => void;
}

const PROMISED_SECONDS = 60;
const FETCH_TIMEOUT_MILLISECONDS = 5_000;
// From the start now and then, so that nothing odd at auth (a restored database) goes unseen for long.
const WHOLE_EVERY_MILLISECONDS = 3_600_000;

async function fetchPage(url: URL, since: string): Promise<RevocationPage> {
  const address = new URL(url);
  address.searchParams.set('since', since);
  const answer = await fetch(address, {
    redirect: 'error',
    headers: { Accept: 'application/json' },
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MILLISECONDS),
  });
  if (!answer.ok) throw new Error(`${url.href} answered ${answer.status}`);
  return revocationPageSchema.parse(await answer.json());
}

/**
 * Reads auth's revocation feed again and again, with jitter. While auth cannot be reached a service
 * goes on with what it knows, as it does with keys; `ageSeconds` and `check` say how old that is. Only
 * a service that never read the feed answers 503.
 */
export function followRevocations(options: FollowOptions): FollowedRevocations {
  const { url, intervalSeconds = 15, clock = Date.now, onError = () => undefined } = options;
  const list = createRevocationList();
  let cursor = '0';
  let wholeAt = clock();
  let readAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const readOn = async (): Promise<void> => {
    if (clock() - wholeAt > WHOLE_EVERY_MILLISECONDS) {
      cursor = '0';
      wholeAt = clock();
    }
    for (let more = true; more; ) {
      const page = await fetchPage(url, cursor);
      list.add(page.revocations);
      more = page.more && page.next !== cursor;
      cursor = page.next;
    }
    readAt = clock();
    list.sweep(readAt);
  };
  const plan = () => {
    if (stopped) return;
    clearTimeout(timer);
    const milliseconds = intervalSeconds * 1000 * (0.8 + Math.random() * 0.4);
    timer = setTimeout(() => void read().catch(() => undefined), milliseconds);
    timer.unref();
  };
  const read = (): Promise<void> => {
    running ??= readOn()
      .catch((error: unknown) => {
        onError(error);
        throw error;
      })
      .finally(() => {
        running = undefined;
        plan();
      });
    return running;
  };
  read().catch(() => undefined);

  const ageSeconds = () => (clock() - readAt) / 1000;
  const firstTime = () =>
    read().catch((cause: unknown) => {
      const headers = { 'Retry-After': '5' };
      throw problem('unavailable', 'What auth has revoked cannot be fetched', { headers, cause });
    });
  return {
    ready: () => (readAt === Number.NEGATIVE_INFINITY ? firstTime() : undefined),
    isRevoked: list.isRevoked,
    ageSeconds,
    check: async () => {
      if (ageSeconds() > PROMISED_SECONDS) throw new Error('The revocation feed was not read for a minute');
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
