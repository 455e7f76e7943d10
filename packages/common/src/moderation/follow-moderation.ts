import { fetchFeed, followFeed } from '../feeds/follow-feed.ts';
import type { FollowOptions } from '../revocations/follow-revocations.ts';
import { NO_WORDS, type WordList } from '../words/find-phrases.ts';
import { refuseWords } from '../words/refuse-words.ts';
import {
  hiddenSubject,
  type ModerationState,
  moderationStateSchema,
  type TargetKind,
  wordListOf,
} from './moderation-state.ts';

/** What moderators and administrators have decided, as other services need it (auth.md A5). */
export interface Moderation {
  /**
   * @param texts By what the error names them: a JSON pointer such as `/title`.
   * @throws {ProblemError} 400 `words_not_allowed`.
   */
  readonly refuseWords: (texts: Readonly<Record<string, string | undefined>>) => void;
  /** Whether strangers are not to be shown it. */
  readonly isHidden: (kind: TargetKind, id: string) => boolean;
}

export interface FollowedModeration extends Moderation {
  readonly stop: () => void;
}

export interface FollowModerationOptions extends FollowOptions {
  /** Told of all of it, at the first reading and whenever anything has changed. */
  readonly onChange?: (state: ModerationState) => Promise<void>;
}

/** For a service without auth: every text is taken, nothing is hidden. */
export const NO_MODERATION: Moderation = { refuseWords: () => undefined, isHidden: () => false };

/**
 * Reads auth's moderation feed again and again. While auth cannot be reached the last list counts. Before
 * the first one, texts are taken unchecked: refusing every upload because auth is away would do more harm
 * than a word that moderators can still act on.
 */
export function followModeration(options: FollowModerationOptions): FollowedModeration {
  const { url, intervalSeconds = 15, clock = Date.now, onError = () => undefined } = options;
  const { onChange = async () => undefined } = options;
  let words: WordList = NO_WORDS;
  let hidden = new Set<string>();
  let tag = '';

  const readOn = async (): Promise<void> => {
    const answer = await fetchFeed(url, tag === '' ? {} : { 'If-None-Match': tag });
    if (answer.status === 304) return;
    const state = moderationStateSchema.parse(await answer.json());
    words = wordListOf(state);
    hidden = new Set(state.hidden.map(({ kind, subject }) => `${kind} ${subject}`));
    await onChange(state);
    // Last: what failed on the way is read again, not answered by 304.
    tag = answer.headers.get('etag') ?? '';
  };
  const feed = followFeed({ readOn, intervalSeconds, what: 'The list of words', clock, onError });
  return {
    refuseWords: (texts) => refuseWords(texts, words),
    isHidden: (kind, id) => hidden.size > 0 && hidden.has(`${kind} ${hiddenSubject(id)}`),
    stop: feed.stop,
  };
}
