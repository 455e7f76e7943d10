import { RE2JS } from 're2js';
import { z } from 'zod';
import { addNumbers, compareNumbers, divideNumbers, type NumberValue } from '../numbers/number-value.ts';
import { dateIn, numberIn, periodId, type TransformRow } from './row.ts';

const LONGEST_PATTERN = 200;

/** By RE2, whose time is linear in the text: a pattern with nested repetitions would stop a worker for years. */
const patternSchema = z
  .string()
  .max(LONGEST_PATTERN)
  .transform((pattern, context) => {
    try {
      return RE2JS.compile(pattern);
    } catch {
      context.addIssue({
        code: 'custom',
        message: 'is not a regular expression (look-around and back-references are not known)',
      });
      return z.NEVER;
    }
  });

export const rateOptionsSchema = z.object({
  matchingAttribute: z.string(),
  valueAttribute: z.string(),
  numeratorMatcher: patternSchema,
  denominatorMatcher: patternSchema,
});

type RateOptions = z.output<typeof rateOptionsSchema>;

/** The sum of the rows that match; undefined when none of them has a value. */
function sumMatching(
  rows: readonly TransformRow[],
  { matchingAttribute, valueAttribute }: RateOptions,
  pattern: RE2JS,
): NumberValue | undefined {
  const values = rows.flatMap((row) => {
    const text = row[matchingAttribute];
    // As Python's `match`: from the beginning of the text, not necessarily to its end.
    const matches = typeof text === 'string' && pattern.matcher(text).lookingAt();
    const value = matches ? numberIn(row, valueAttribute) : undefined;
    return value === undefined ? [] : [value];
  });
  return values.length === 0 ? undefined : values.reduce(addNumbers, 0);
}

function rateOf(rows: readonly TransformRow[], options: RateOptions): NumberValue | null {
  const denominator = sumMatching(rows, options, options.denominatorMatcher);
  const numerator = sumMatching(rows, options, options.numeratorMatcher);
  if (numerator === undefined || denominator === undefined) return null;
  return compareNumbers(denominator, 0) > 0 ? divideNumbers(numerator, denominator) : null;
}

/**
 * For each period, one sum divided by another; null when either is absent or the denominator is not
 * above 0. A sum of 0 counts as 0 (the original took it for absent).
 */
export function rate(rows: readonly TransformRow[], options: RateOptions): TransformRow[] {
  const byPeriod = new Map<string, TransformRow[]>();
  for (const row of rows) {
    const [start, end] = [dateIn(row, '_start_at'), dateIn(row, '_end_at')];
    if (start === undefined || end === undefined) continue;
    const period = periodId(start, end);
    const others = byPeriod.get(period);
    if (others) others.push(row);
    else byPeriod.set(period, [row]);
  }
  return [...byPeriod].map(([_id, inPeriod]) => {
    const { _start_at, _end_at } = inPeriod[0] ?? {};
    return { _id, _timestamp: _start_at, _start_at, _end_at, rate: rateOf(inPeriod, options) };
  });
}
