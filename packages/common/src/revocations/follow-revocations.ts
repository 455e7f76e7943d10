import { type FollowedFeed, fetchFeed, followFeed } from '../feeds/follow-feed.ts';
import { createRevocationList, type RevocableToken } from './revocation-list.ts';
import { type RevocationPage, revocationPageSchema } from './revocation-page.ts';

/** Auth's revocation feed, as a verifier needs it. */
export interface Revocations {
  /** @throws {ProblemError} 503 while the feed could never be read: nothing is known, so nothing is allowed. */
  readonly ready: () => Promise<void> | undefined;
  readonly isRevoked: (token: RevocableToken) => boolean;
}

export interface FollowedRevocations extends Revocations, FollowedFeed {
  /** For `/readyz`: rejects while what is known is older than services promise (auth.md A1: 60 s). */
  readonly check: () => Promise<void>;
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
// From the start now and then, so that nothing odd at auth (a restored database) goes unseen for long.
const WHOLE_EVERY_MILLISECONDS = 3_600_000;

async function fetchPage(url: URL, since: string): Promise<RevocationPage> {
  const address = new URL(url);
  address.searchParams.set('since', since);
  return revocationPageSchema.parse(await (await fetchFeed(address)).json());
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
    list.sweep(clock());
  };
  const feed = followFeed({ readOn, intervalSeconds, what: 'What auth has revoked', clock, onError });
  return {
    ...feed,
    isRevoked: list.isRevoked,
    check: async () => {
      if (feed.ageSeconds() > PROMISED_SECONDS)
        throw new Error('The revocation feed was not read for a minute');
    },
  };
}
