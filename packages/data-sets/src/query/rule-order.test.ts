import { describe, expect, it } from '@jest/globals';
import { parseQuery } from './parse-query.ts';

const BOUNDS = { start_at: '2014-01-06T00:00:00Z', end_at: '2014-02-03T00:00:00Z' };

/**
 * Parameters that break one rule alone, in the order of data-sets.md 4.2, and others that would mend it or break
 * an earlier one: what they belong to cannot be asked for as well.
 */
const RULES: readonly (readonly [
  message: string,
  parameters: Readonly<Record<string, string>>,
  changedBy?: readonly string[],
])[] = [
  ['An unrecognised parameter was provided', { colour: 'red' }],
  [
    "Either 'duration' or both 'start_at' and 'end_at' are required for a period query",
    { period: 'week' },
    ['duration', 'start_at', 'end_at'],
  ],
  [
    "A period query can only be limited if it is grouped - please add 'group_by'",
    { period: 'week', duration: '1', limit: '1' },
    ['group_by'],
  ],
  ['start_at is not a valid datetime', { ...BOUNDS, start_at: 'x' }],
  ['end_at is not a valid datetime', { ...BOUNDS, end_at: 'x' }],
  [
    'Cannot use both filter_by and filter_by_prefix in the same query',
    { filter_by: 'ab:c', filter_by_prefix: 'ab:c' },
  ],
  [
    'filter_by must be a field name and value separated by a colon (:) eg. authority:Westminster',
    { filter_by: 'x' },
    ['filter_by_prefix'],
  ],
  ['Cannot filter by an invalid field name', { filter_by_prefix: '$x:y' }],
  [
    "'period' must be one of ['hour', 'day', 'week', 'month', 'quarter', 'year']",
    { period: 'never', duration: '1' },
  ],
  [
    'Cannot sort for period queries without group_by. Period queries are always sorted by time.',
    { period: 'week', duration: '1', sort_by: 'ab:ascending' },
    ['group_by'],
  ],
  [
    'sort_by must be a field name and sort direction separated by a colon (:) eg. authority:ascending',
    { sort_by: 'x' },
    ['period'],
  ],
  [
    'Unrecognised sort direction. Supported directions include: ascending, descending',
    { sort_by: 'ab:up' },
    ['period'],
  ],
  ['Cannot sort by an invalid field name', { sort_by: '$x:ascending' }, ['period']],
  ['Cannot group by an invalid field name', { group_by: '$x' }],
  ['Cannot group by internal fields, internal fields start with an underscore', { group_by: '_id' }],
  ['limit must be a positive integer', { group_by: 'ab', limit: '-1' }],
  ['duration must be a positive integer', { duration: '-1' }],
  [
    "collect can be used only with either ['group_by', 'period']",
    { collect: 'nn:sum' },
    ['group_by', 'period'],
  ],
  [
    "Absolute and relative time cannot be requested at the same time - either ask for 'start_at' and 'end_at', or ask for 'start_at'/'end_at' with 'duration'",
    { ...BOUNDS, duration: '1' },
  ],
  [
    "Use of 'start_at' requires 'end_at' or 'duration'",
    { start_at: BOUNDS.start_at },
    ['end_at', 'duration', 'period'],
  ],
  [
    "Use of 'end_at' requires 'start_at' or 'duration'",
    { end_at: BOUNDS.end_at },
    ['start_at', 'duration', 'period'],
  ],
  ["'duration' must not be zero", { period: 'week', duration: '0' }, ['sort_by', 'limit', 'start_at']],
  [
    "If 'duration' is requested (for relative time), 'period' is required - please add a period (like 'day', 'month' etc)",
    { duration: '1' },
    ['period', 'start_at', 'end_at', 'collect'],
  ],
  ['Unknown collection method', { group_by: 'ab', collect: 'nn:most' }],
  ['Cannot collect an invalid field name', { group_by: 'ab', collect: '$x' }],
  [
    'Cannot collect internal fields, internal fields start with an underscore',
    { group_by: 'ab', collect: '_id' },
  ],
  ['Cannot collect by a field that is used for group_by', { group_by: 'ab', collect: 'ab' }],
  ["flatten must be either 'true' or 'false'", { flatten: 'x' }],
  ["inclusive must be either 'true' or 'false'", { ...BOUNDS, inclusive: 'x' }],
  ["inclusive can be used only with either ['start_at', 'end_at']", { inclusive: 'true' }],
];

function messageOf(parameters: Readonly<Record<string, string>>): string {
  try {
    parseQuery(String(new URLSearchParams(parameters)), { rawQueriesAllowed: true });
    return 'valid';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What one rule wants and another forbids cannot be asked together. */
const agree = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>) =>
  Object.entries(one).every(([name, value]) => (other[name] ?? value) === value);

describe('the rules of a query', () => {
  it.each(RULES)('%s: alone', (message, parameters) => {
    expect(messageOf(parameters)).toBe(message);
  });

  it.each(RULES)('%s: before every later rule', (message, parameters, changedBy = []) => {
    const place = RULES.findIndex(([own]) => own === message);
    const later = RULES.slice(place + 1).filter(([, other]) => agree(parameters, other));
    for (const [, other] of later) {
      if (changedBy.some((name) => Object.hasOwn(other, name))) continue;
      const both = { ...other, ...parameters };
      expect([both, messageOf(both)]).toEqual([both, message]);
    }
  });
});
