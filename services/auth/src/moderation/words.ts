import { foldPhrase, type WordList } from '@flyloft/common';
import type { AuditContext } from '../audit/audit.ts';
import { plainText } from '../plain-text.ts';
import type { Page, Paged } from '../routes/paging.ts';

const MAX_PHRASE_LENGTH = 100;
const MAX_PHRASE_WORDS = 10;

/** A phrase as an administrator gives it. */
export const phraseSchema = plainText(MAX_PHRASE_LENGTH)
  .refine((phrase) => foldPhrase(phrase) !== '', 'must hold a letter or a digit')
  .refine(
    (phrase) => foldPhrase(phrase).split(' ').length <= MAX_PHRASE_WORDS,
    `may have at most ${MAX_PHRASE_WORDS} words`,
  );

export interface WordPhrase {
  readonly id: string;
  readonly phrase: string;
  /** True: what lies within this phrase is let stand. */
  readonly allowed: boolean;
  readonly createdAt: Date;
  readonly createdBy: string | null;
}

/** The list of phrases that texts may not hold (auth.md A5). */
export interface WordStore {
  readonly list: (
    filter: { readonly allowed?: boolean | undefined },
    page: Page,
  ) => Promise<Paged<WordPhrase>>;
  /** @throws {ProblemError} 409 when the list has the phrase, however it is spelt. */
  readonly add: (phrase: { phrase: string; allowed: boolean }, context: AuditContext) => Promise<WordPhrase>;
  /** @throws {ProblemError} 404. */
  readonly remove: (id: string, context: AuditContext) => Promise<void>;
  readonly current: () => Promise<WordList>;
}
