import { type ProblemDetail, problem } from '../problem.ts';
import { findPhrases, type WordList } from './find-phrases.ts';

/** Longest text that is looked through: far beyond any title, description or comment. */
const MAX_LOOKED_THROUGH = 100_000;

/**
 * Refuses texts that hold phrases of the list.
 * @param texts By what the error names them: a JSON pointer such as `/title`.
 * @throws {ProblemError} 400 `words_not_allowed`, each phrase with its place in `errors`.
 */
export function refuseWords(texts: Readonly<Record<string, string | undefined>>, list: WordList): void {
  const errors = Object.entries(texts).flatMap(([pointer, text = '']): ProblemDetail[] =>
    findPhrases(text.slice(0, MAX_LOOKED_THROUGH), list).map(({ phrase, position }) => ({
      ...{ pointer, phrase, position },
      detail: `"${phrase}" at position ${position} is not allowed here`,
    })),
  );
  const [first] = errors;
  if (first !== undefined)
    throw problem('words_not_allowed', `${first.pointer}: ${first.detail}`, { errors });
}
