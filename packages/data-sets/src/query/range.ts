import { readNumber } from '../numbers/number-value.ts';
import { PERIODS, periodKey } from '../periods/period.ts';
import { isDateKey } from '../records/keys.ts';
import { parseRecordDate } from '../records/timestamps.ts';
import type { RangeEnds } from './query.ts';
import { invalidQuery } from './query-error.ts';

const NUMBER = /^-?\d{1,30}(?:\.\d{1,30})?(?:[eE][-+]?\d{1,2})?$/;

const SERVER_DATES = new Set(['_updated_at', ...PERIODS.map(periodKey)]);

function invalidRange(): Error {
  return invalidQuery(
    'filter_by_range must be a field name and a range of numbers or dates eg. price:1.5..10',
  );
}

function ends<T>(texts: readonly [string, string], read: (text: string) => T): { low?: T; high?: T } {
  const [low, high] = texts;
  return { ...(low !== '' && { low: read(low) }), ...(high !== '' && { high: read(high) }) };
}

function readDate(text: string): Date {
  const date = parseRecordDate(text);
  if (date instanceof Date) return date;
  throw invalidRange();
}

/**
 * `low..high`, either end open (data-sets.md A4).
 * @throws {ProblemError} 400 when it is no range of numbers or of dates.
 */
export function readRange(key: string, text: string): RangeEnds {
  const dots = text.indexOf('..');
  if (dots === -1 || text === '..') throw invalidRange();
  const texts = [text.slice(0, dots), text.slice(dots + 2)] as const;
  const given = texts.filter((end) => end !== '');
  if (isDateKey(key) || SERVER_DATES.has(key)) return { of: 'dates', ...ends(texts, readDate) };
  if (given.every((end) => NUMBER.test(end))) return { of: 'numbers', ...ends(texts, readNumber) };
  // Checked as dates, compared as text: what clients send in their own keys is text.
  given.forEach(readDate);
  return { of: 'texts', ...ends(texts, (end) => end) };
}
