/** Scripts that write no blanks between words: each letter is a word, so that a phrase is found anywhere. */
const UNSPACED = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => `\\p{Script=${script}}`)
  .join('');

/** Marks and invisible characters, which change nothing about which word it is. */
const MARK = '\\p{M}\\p{Default_Ignorable_Code_Point}';

const WORD = new RegExp(
  `[${UNSPACED}][${MARK}]*|(?![${UNSPACED}])[\\p{L}\\p{N}](?:(?![${UNSPACED}])[\\p{L}\\p{N}${MARK}])*`,
  'gu',
);
const MARKS = new RegExp(`[${MARK}]`, 'gu');

/** One word of a text. */
export interface Word {
  /** Folded: without case, accents, widths, ligatures and invisible characters. */
  readonly word: string;
  /** Where it begins in the text, from 0, in UTF-16 units. */
  readonly position: number;
}

function fold(text: string): string {
  // By way of upper case, so that ß is ss; Σ has two lower-case forms.
  const folded = text.normalize('NFKD').replace(MARKS, '').toUpperCase().toLowerCase().replaceAll('ς', 'σ');
  return folded.normalize('NFKD').replace(MARKS, '');
}

/** The words of a text, folded, in their order. Everything between them counts as a boundary. */
export function wordsOf(text: string): Word[] {
  return Array.from(text.matchAll(WORD), (match) => ({ word: fold(match[0]), position: match.index })).filter(
    ({ word }) => word !== '',
  );
}

/** The one spelling of a phrase: its folded words with a blank between them. Empty where there is no word in it. */
export function foldPhrase(phrase: string): string {
  return wordsOf(phrase)
    .map(({ word }) => word)
    .join(' ');
}
