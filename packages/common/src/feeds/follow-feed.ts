import { problem } from '../problem.ts';

/** A feed of auth's that is read again and again. */
export interface FollowedFeed {
  /** @throws {ProblemError} 503 while the feed could never be read. */
  readonly ready: () => Promise<void> | undefined;
  /** Seconds since the feed was last read whole; Infinity before the first time. */
  readonly ageSeconds: () => number;
  readonly stop: () => void;
}

export interface FollowFeedOptions {
  /** Reads what is new, and keeps it. */
  readonly readOn: () => Promise<void>;
  readonly intervalSeconds: number;
  /** For people, when it could never be read: what cannot be fetched. */
  readonly what: string;
  /** Epoch milliseconds. */
  readonly clock: () => number;
  readonly onError: (error: unknown) => void;
}

const FETCH_TIMEOUT_MILLISECONDS = 5_000;

/** One answer of a feed. @throws for any status but those of success and 304. */
export async function fetchFeed(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const answer = await fetch(url, {
    redirect: 'error',
    headers: { Accept: 'application/json', ...headers },
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MILLISECONDS),
  });
  if (!answer.ok && answer.status !== 304) throw new Error(`${url.href} answered ${answer.status}`);
  return answer;
}

/**
 * Reads a feed again and again, with jitter, never twice at once. While auth cannot be reached a service
 * goes on with what it knows.
 */
export function followFeed({
  readOn,
  intervalSeconds,
  what,
  clock,
  onError,
}: FollowFeedOptions): FollowedFeed {
  let readAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const plan = () => {
    if (stopped) return;
    clearTimeout(timer);
    const milliseconds = intervalSeconds * 1000 * (0.8 + Math.random() * 0.4);
    timer = setTimeout(() => void read().catch(() => undefined), milliseconds);
    timer.unref();
  };
  const read = (): Promise<void> => {
    running ??= readOn()
      .then(
        () => {
          readAt = clock();
        },
        (error: unknown) => {
          onError(error);
          throw error;
        },
      )
      .finally(() => {
        running = undefined;
        plan();
      });
    return running;
  };
  read().catch(() => undefined);

  const firstTime = () =>
    read().catch((cause: unknown) => {
      throw problem('unavailable', `${what} cannot be fetched`, { headers: { 'Retry-After': '5' }, cause });
    });
  return {
    ready: () => (readAt === Number.NEGATIVE_INFINITY ? firstTime() : undefined),
    ageSeconds: () => (clock() - readAt) / 1000,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
