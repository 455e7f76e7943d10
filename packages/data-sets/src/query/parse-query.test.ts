import { describe, expect, it } from '@jest/globals';
import { parseQuery } from './parse-query.ts';

const BOUNDS = 'start_at=2014-01-06T00:00:00Z&end_at=2014-01-27T00:00:00Z';

function messageOf(query: string, rawQueriesAllowed = true): string {
  try {
    parseQuery(query, { rawQueriesAllowed });
    return 'valid';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Each query breaks its own rule and every later one, so the order of the rules is held as well. */
const RULES: [query: string, message: string][] = [
  ['colour=red&period=week', 'An unrecognised parameter was provided'],
  ['period=never', "Either 'duration' or both 'start_at' and 'end_at' are required for a period query"],
  [
    'period=never&duration=x&limit=x',
    "A period query can only be limited if it is grouped - please add 'group_by'",
  ],
  ['start_at=2014-01-01&filter_by=x', 'start_at is not a valid datetime'],
  ['end_at=2014-01-01T00:00:00+01:00&filter_by=x', 'end_at is not a valid datetime'],
  ['end_at=2014-02-30T00:00:00Z', 'end_at is not a valid datetime'],
  ['filter_by=a:b&filter_by_prefix=x', 'Cannot use both filter_by and filter_by_prefix in the same query'],
  [
    'filter_by=x&sort_by=x',
    'filter_by must be a field name and value separated by a colon (:) eg. authority:Westminster',
  ],
  ['filter_by=$foo:x&sort_by=x', 'Cannot filter by an invalid field name'],
  ['filter_by_prefix=__proto__:x', 'Cannot filter by an invalid field name'],
  [
    `period=fortnight&${BOUNDS}&sort_by=x`,
    "'period' must be one of ['hour', 'day', 'week', 'month', 'quarter', 'year']",
  ],
  [
    `period=week&${BOUNDS}&sort_by=x`,
    'Cannot sort for period queries without group_by. Period queries are always sorted by time.',
  ],
  [
    'sort_by=x&group_by=x',
    'sort_by must be a field name and sort direction separated by a colon (:) eg. authority:ascending',
  ],
  [
    'sort_by=foo:up&group_by=x',
    'Unrecognised sort direction. Supported directions include: ascending, descending',
  ],
  [
    'sort_by=foo:toString&group_by=x',
    'Unrecognised sort direction. Supported directions include: ascending, descending',
  ],
  ['sort_by=x:ascending&group_by=x', 'Cannot sort by an invalid field name'],
  ['sort_by=foo:sum:ascending', 'Cannot sort by an invalid field name'],
  ['group_by=x&limit=-1', 'Cannot group by an invalid field name'],
  ['group_by=ok_key&group_by=$x', 'Cannot group by an invalid field name'],
  [
    'group_by=_week_start_at&limit=-1',
    'Cannot group by internal fields, internal fields start with an underscore',
  ],
  ['limit=-1&duration=-1', 'limit must be a positive integer'],
  ['limit=1.5', 'limit must be a positive integer'],
  ['page=0&collect=x', 'page must be a positive integer'],
  ['page=x&page_size=x', 'page must be a positive integer'],
  ['page_size=0&collect=x', 'page_size must be a positive integer'],
  ['page=2&group_by=foo&collect=$x', 'page can be used only for raw queries'],
  ['page=9007199254740991&page_size=2', 'page must be a positive integer'],
  [
    'filter_by_range=x&sort_by=x',
    'filter_by must be a field name and value separated by a colon (:) eg. authority:Westminster',
  ],
  ['filter_by_not=constructor:x&sort_by=x', 'Cannot filter by an invalid field name'],
  [
    'filter_by_range=nn:..&sort_by=x',
    'filter_by_range must be a field name and a range of numbers or dates eg. price:1.5..10',
  ],
  [
    'filter_by_range=_timestamp:1..2',
    'filter_by_range must be a field name and a range of numbers or dates eg. price:1.5..10',
  ],
  [
    'inclusive=true&start_at=2014-01-06T00:00:00Z&end_at=2014-01-07T00:00:00Z&safe=1',
    "safe must be either 'true' or 'false'",
  ],
  ['duration=-1&collect=x', 'duration must be a positive integer'],
  ['collect=x&duration=0', "collect can be used only with either ['group_by', 'period']"],
  [
    `${BOUNDS}&duration=0`,
    "Absolute and relative time cannot be requested at the same time - either ask for 'start_at' and 'end_at', or ask for 'start_at'/'end_at' with 'duration'",
  ],
  ['start_at=2014-01-06T00:00:00Z&flatten=x', "Use of 'start_at' requires 'end_at' or 'duration'"],
  ['end_at=2014-01-06T00:00:00Z&flatten=x', "Use of 'end_at' requires 'start_at' or 'duration'"],
  ['duration=0', "'duration' must not be zero"],
  [
    'duration=1',
    "If 'duration' is requested (for relative time), 'period' is required - please add a period (like 'day', 'month' etc)",
  ],
  ['group_by=foo&collect=x:median_of&flatten=x', 'Unknown collection method'],
  ['group_by=foo&collect=bar:sum:mean', 'Unknown collection method'],
  ['group_by=foo&collect=$x:sum&flatten=x', 'Cannot collect an invalid field name'],
  [
    'group_by=foo&collect=_id&flatten=x',
    'Cannot collect internal fields, internal fields start with an underscore',
  ],
  ['group_by=foo&group_by=bar&collect=bar', 'Cannot collect by a field that is used for group_by'],
  ['flatten=x&inclusive=x', "flatten must be either 'true' or 'false'"],
  ['inclusive=x', "inclusive must be either 'true' or 'false'"],
  ['inclusive=true', "inclusive can be used only with either ['start_at', 'end_at']"],
  ['group_by=foo&sort_by=nowhere:ascending', 'Cannot sort by an invalid field name'],
];

describe('parseQuery', () => {
  it.each(RULES)('%s: refuses with the rule’s message', (query, message) => {
    expect(messageOf(query)).toBe(message);
  });

  it.each([
    '',
    'format=xml',
    `${BOUNDS}&inclusive=true`,
    'start_at=2014-01-06T00:00:00%2B0100&end_at=2014-01-27T00:00:00-05:30',
    'filter_by=_id:a:b:c',
    'filter_by=aa:b&filter_by_not=aa:c&filter_by_range=nn:1..&filter_by_range=_timestamp:..2014-01-01T10:00:00Z',
    'filter_by_range=opened:2014-01-01..2014-02-01&page=2&page_size=7&limit=9&safe=false',
    'group_by=foo&collect=bar&sort_by=bar:descending&limit=0',
    'group_by=foo&collect=bar:sum&sort_by=bar:sum:descending',
    'period=week&duration=3&group_by=foo&sort_by=_group_count:ascending&limit=2',
  ])('accepts "%s"', (query) => {
    expect(messageOf(query)).toBe('valid');
  });

  it.each([
    ['', 'querying for raw data is not allowed'],
    [
      'group_by=foo&start_at=2014-01-06T01:00:00Z&end_at=2014-01-07T01:00:00Z',
      'The minimum time span for a query is 7 days',
    ],
    ['group_by=foo&start_at=2014-01-06T01:00:00Z&end_at=2014-02-06T01:00:00Z', 'start_at must be midnight'],
    ['group_by=foo&start_at=2014-01-06T00:00:00Z&end_at=2014-02-06T01:00:00Z', 'end_at must be midnight'],
    ['period=week&start_at=2014-01-07T00:00:00Z&end_at=2014-01-21T00:00:00Z', 'start_at must be a monday'],
    ['period=week&start_at=2014-01-06T00:00:00Z&end_at=2014-01-21T00:00:00Z', 'end_at must be a monday'],
    [
      'period=month&start_at=2014-01-02T00:00:00Z&end_at=2014-02-01T00:00:00Z',
      "'start_at' must be the first of the month for period=month queries",
    ],
    [
      'period=month&duration=2&end_at=2014-01-02T00:00:00Z',
      "'end_at' must be the first of the month for period=month queries",
    ],
    ['period=hour&start_at=2014-01-06T01:00:00Z&end_at=2014-01-06T02:00:00Z', 'valid'],
    ['period=quarter&start_at=2014-01-07T00:00:00Z&end_at=2014-02-07T00:00:00Z', 'valid'],
  ])('where raw queries are not allowed, %s: %s', (query, message) => {
    expect(messageOf(query, false)).toBe(message);
  });
});
