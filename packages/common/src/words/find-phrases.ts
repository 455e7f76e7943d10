import { createHash } from 'node:crypto';
import { wordsOf } from './words-of.ts';

/**
 * The phrases that texts may not hold, and those that excuse them. Each is the SHA-256 in hex of its
 * folded form, so that the list can be handed about without saying what is on it.
 */
export interface WordList {
  readonly blocked: ReadonlySet<string>;
  readonly allowed: ReadonlySet<string>;
  /** Words of the longest phrase: no more are looked at together. */
  readonly longest: number;
}

export const NO_WORDS: WordList = { blocked: new Set(), allowed: new Set(), longest: 0 };

export interface FoundPhrase {
  /** Folded, as the list has it. */
  readonly phrase: string;
  /** Where it first stands in the text, from 0, in UTF-16 units. */
  readonly position: number;
}

/** How the list names a phrase in its folded form. */
export function phraseKey(folded: string): string {
  return createHash('sha256').update(folded).digest('hex');
}

interface Occurrence extends FoundPhrase {
  readonly from: number;
  readonly until: number;
}

function occurrences(text: string, { blocked, allowed, longest }: WordList) {
  const words = wordsOf(text);
  const found: { blocked: Occurrence[]; allowed: Occurrence[] } = { blocked: [], allowed: [] };
  words.forEach(({ position }, from) => {
    let phrase = '';
    for (const [offset, { word }] of words.slice(from, from + longest).entries()) {
      phrase = offset === 0 ? word : `${phrase} ${word}`;
      const key = phraseKey(phrase);
      const occurrence = { phrase, position, from, until: from + offset };
      if (blocked.has(key)) found.blocked.push(occurrence);
      if (allowed.has(key)) found.allowed.push(occurrence);
    }
  });
  return found;
}

/**
 * The phrases of the list that a text holds, whole words only (auth.md A5): each once, with its first
 * place. What lies within a phrase that is allowed is none.
 */
export function findPhrases(text: string, list: WordList): FoundPhrase[] {
  if (list.blocked.size === 0) return [];
  const { blocked, allowed } = occurrences(text, list);
  const first = new Map<string, FoundPhrase>();
  for (const { phrase, position, from, until } of blocked) {
    const isExcused = allowed.some((around) => around.from <= from && around.until >= until);
    if (!isExcused && !first.has(phrase)) first.set(phrase, { phrase, position });
  }
  return [...first.values()];
}
