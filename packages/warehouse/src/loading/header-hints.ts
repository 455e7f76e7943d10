import { nearest } from '../nearest-value.ts';

const DELIMITERS = [';', '\t', '|'];
/** A suggestion lists at most so many names. */
const LISTED = 20;

/** The delimiter that a header of one cell was probably written with, when it was not the declared one. */
export function likelyDelimiter(header: readonly string[]): string | undefined {
  const [only = ''] = header;
  return header.length > 1 ? undefined : DELIMITERS.find((delimiter) => only.includes(delimiter));
}

/** How to declare a delimiter. */
export function delimiterSuggestion(delimiter: string): string {
  return `declare "dialect": {"delimiter": ${JSON.stringify(delimiter)}}`;
}

/** What is taken for a table and is none, by how it begins. */
const OTHER_FORMS: readonly (readonly [RegExp, string])[] = [
  [/^<(!doctype|html|\?xml)/i, 'this is a page of the web and no table: check its address'],
  [/^PK\p{Cc}/u, 'this is a workbook or a zip file: a workbook is read when its name ends in .xlsx'],
  [/^%PDF-/, 'this is a PDF and no table: save its table as CSV'],
];

/** Why nothing of a header fits, where that can be seen. */
function hintOf(header: readonly string[]): string | undefined {
  const [first = ''] = header;
  const form = OTHER_FORMS.find(([pattern]) => pattern.test(first));
  if (form !== undefined) return form[1];
  if (header.some((name) => name.includes('\0')))
    return 'declare the encoding, such as "encoding": "utf-16le"';
  const delimiter = likelyDelimiter(header);
  return delimiter === undefined ? undefined : delimiterSuggestion(delimiter);
}

/**
 * What to do about a declared column that is not in the header.
 * @param free Names of the header that no field is declared for.
 */
export function missingColumnSuggestion(
  name: string,
  header: readonly string[],
  free: readonly string[],
): string {
  const hint = hintOf(header);
  if (hint !== undefined) return hint;
  const near = nearest(name, free);
  if (near !== undefined) return `the header has "${near}": correct it there, or in the schema`;
  const shown = header.slice(0, LISTED).map((one) => `"${one}"`);
  return `the header has ${shown.join(', ')}${header.length > LISTED ? ', …' : ''}`;
}
