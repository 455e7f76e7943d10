import { problem } from '@flyloft/common';

/** One condition of a cut, as written: values are still text, but for what quotes said. */
export interface CutTerm {
  readonly ref: string;
  readonly condition:
    | { readonly kind: 'in' | 'not-in'; readonly values: readonly string[] }
    | { readonly kind: 'range'; readonly low: string | undefined; readonly high: string | undefined }
    | { readonly kind: 'null' };
}

const REF = /[\p{L}\p{N}_.-]*[\p{L}\p{N}]|_count/uy;
const END = '(?=\\||$)';
const DATES = new RegExp(`\\d{4}-\\d{2}-\\d{2}(?:;\\d{4}-\\d{2}-\\d{2})*${END}`, 'y');
const INTEGERS = new RegExp(`\\d+(?:;\\d+)*${END}`, 'y');
const STRING = '"(?:[^"\\\\]|\\\\.)*"';
const QUOTED = new RegExp(`${STRING}(?:;${STRING})*${END}`, 'y');
const RANGE = new RegExp(`\\[(${STRING}|[^|"\\]]*?)\\.\\.(${STRING}|[^|"\\]]*)\\]${END}`, 'y');
const NULL = new RegExp(`null\\(\\)${END}`, 'y');
const UNQUOTED = /[^|]*/y;

function bad(detail: string): never {
  throw problem('invalid_parameter', `cut: ${detail}`, { errors: [{ parameter: 'cut', detail }] });
}

function match(expression: RegExp, text: string, at: number): RegExpExecArray | undefined {
  expression.lastIndex = at;
  return expression.exec(text) ?? undefined;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return bad(`${text} is not a valid quoted text`);
  }
}

function splitQuoted(text: string): string[] {
  return [...text.matchAll(new RegExp(STRING, 'g'))].map(([quoted]) => unquote(quoted));
}

/** The alternatives of cubes.md 5.3 in their order, then part A's ranges and nulls as new syntax only. */
function parseValue(text: string, at: number): { condition: CutTerm['condition']; end: number } {
  const range = match(RANGE, text, at);
  if (range !== undefined) {
    const [whole, low = '', high = ''] = range;
    if (low === '' && high === '') bad('a range needs at least one end');
    const end = (value: string) => (value === '' ? undefined : unquote(value));
    return { condition: { kind: 'range', low: end(low), high: end(high) }, end: at + whole.length };
  }
  const nothing = match(NULL, text, at);
  if (nothing !== undefined) return { condition: { kind: 'null' }, end: at + nothing[0].length };
  const plain = match(DATES, text, at) ?? match(INTEGERS, text, at);
  if (plain !== undefined) {
    return { condition: { kind: 'in', values: plain[0].split(';') }, end: at + plain[0].length };
  }
  const quoted = match(QUOTED, text, at);
  if (quoted !== undefined) {
    return { condition: { kind: 'in', values: splitQuoted(quoted[0]) }, end: at + quoted[0].length };
  }
  const rest = match(UNQUOTED, text, at)?.[0] ?? '';
  if (rest === '') bad('a value is missing');
  if (rest.startsWith('"')) bad(`${rest} is not a valid quoted text`);
  return { condition: { kind: 'in', values: [rest] }, end: at + rest.length };
}

/**
 * Parses `ref:value|ref2:value`. An empty text is no condition.
 * @throws {ProblemError} 400 for what does not follow the grammar.
 */
export function parseCut(text: string): CutTerm[] {
  const terms: CutTerm[] = [];
  let at = 0;
  while (at < text.length) {
    const ref = match(REF, text, at)?.[0] ?? bad(`a name was expected at "${text.slice(at, at + 20)}"`);
    at += ref.length;
    const negated = text.startsWith('!:', at);
    if (!negated && text.charAt(at) !== ':') bad(`":" was expected after "${ref}"`);
    at += negated ? 2 : 1;
    const { condition, end } = parseValue(text, at);
    if (negated && condition.kind !== 'in') bad('"!:" takes values, no range and no null()');
    terms.push({
      ref,
      condition:
        negated && condition.kind === 'in' ? { kind: 'not-in', values: condition.values } : condition,
    });
    at = end;
    if (at < text.length) {
      at++;
      if (at === text.length) bad('a condition was expected after "|"');
    }
  }
  return terms;
}
