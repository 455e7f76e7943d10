// PostgreSQL keeps neither null characters nor halves of surrogate pairs, and people's files have both: the
// replacement character stands for them, so that a report about such a file can be stored at all.

const REPLACEMENT = '\uFFFD';

export function storableText(text: string): string {
  return text.replaceAll('\0', REPLACEMENT).replaceAll(/\p{Surrogate}/gu, REPLACEMENT);
}

/** Any value as JSON. Escaped backslashes are consumed in pairs, so that `\\u0000` in a text stays what it is. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g, (escaped) =>
    escaped === '\\\\' ? escaped : REPLACEMENT,
  );
}
