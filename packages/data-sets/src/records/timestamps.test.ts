import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRecordDate } from './timestamps.ts';

it.each([
  ['2014-01-02', '2014-01-02T00:00:00.000Z'],
  ['2014-01-02T03:04', '2014-01-02T03:04:00.000Z'],
  ['2014-01-02 03:04:05', '2014-01-02T03:04:05.000Z'],
  ['2014-01-02T03:04:05.6789Z', '2014-01-02T03:04:05.678Z'],
  ['2014-01-02T03:04:05+01:00', '2014-01-02T02:04:05.000Z'],
  ['2014-01-02T03:04:05-0130', '2014-01-02T04:34:05.000Z'],
  ['0099-02-28T00:00:00Z', '0099-02-28T00:00:00.000Z'],
  ['2012-02-29', '2012-02-29T00:00:00.000Z'],
])('reads %s', (text, iso) => {
  const date = parseRecordDate(text);
  expect(date instanceof Date ? date.toISOString() : date).toBe(iso);
});

it.each([
  '',
  '2014',
  '10:30',
  '1st Jan 2014',
  '2014-1-2',
  '2014-01-02T',
  '2014-01-02Z',
  '2014-01-02t00:00:00z',
])('does not take "%s" for a date', (text) => {
  expect(parseRecordDate(text)).toBe('not a date');
});

it.each([
  '2014-02-29',
  '2014-13-01',
  '2014-00-10',
  '2014-01-01T24:00:00Z',
  '2014-01-01T00:60Z',
  '0000-01-01',
])('knows that %s is impossible', (text) => {
  expect(parseRecordDate(text)).toBe('impossible');
});

it('keeps within the years 1 to 9999, whatever the offset', () => {
  expect(parseRecordDate('0001-01-01T00:00:00+05:00')).toBe('impossible');
  expect(parseRecordDate('9999-12-31T23:00:00-05:00')).toBe('impossible');
});

it('reads the common form as it reads the same moment in any other', () => {
  const two = (most: number) =>
    fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'));
  const moment = fc
    .tuple(fc.integer({ min: 0, max: 9999 }), two(13), two(32), two(25), two(61), two(61))
    .map(([year, month, day, hour, minute, second]) => {
      return `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}.250`;
    });
  fc.assert(
    fc.property(moment, (text) =>
      expect(parseRecordDate(`${text}Z`)).toEqual(parseRecordDate(`${text}+00:00`)),
    ),
    { numRuns: 1_000 },
  );
});
