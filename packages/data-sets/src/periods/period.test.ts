import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { addPeriods, ceilToPeriod, floorToPeriod, PERIODS, periodsBetween } from './period.ts';

const date = fc.date({
  min: new Date('0001-01-08T00:00:00Z'),
  max: new Date('9990-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const period = fc.constantFrom(...PERIODS);

describe('periods', () => {
  it.each([
    ['hour', '2014-12-31T23:00:00.000Z'],
    ['day', '2014-12-31T00:00:00.000Z'],
    ['week', '2014-12-29T00:00:00.000Z'],
    ['month', '2014-12-01T00:00:00.000Z'],
    ['quarter', '2014-10-01T00:00:00.000Z'],
    ['year', '2014-01-01T00:00:00.000Z'],
  ] as const)('begin in UTC, weeks on Monday: %s', (name, start) => {
    expect(floorToPeriod(new Date('2014-12-31T23:59:59.999Z'), name).toISOString()).toBe(start);
  });

  it('hold every moment: start ≤ moment < start + period, and starts stay where they are', () => {
    fc.assert(
      fc.property(date, period, (moment, name) => {
        const start = floorToPeriod(moment, name);
        const end = addPeriods(start, name, 1);
        expect(start.getTime()).toBeLessThanOrEqual(moment.getTime());
        expect(end.getTime()).toBeGreaterThan(moment.getTime());
        expect(floorToPeriod(start, name)).toEqual(start);
        expect(floorToPeriod(new Date(end.getTime() - 1), name)).toEqual(start);
        expect(ceilToPeriod(start, name)).toEqual(start);
        expect(addPeriods(end, name, -1)).toEqual(start);
        if (name === 'week') expect(start.getUTCDay()).toBe(1);
      }),
    );
  });

  it('are counted before they are made', () => {
    const [start, end] = [new Date('2014-01-01T00:00:00Z'), new Date('2014-01-05T00:00:00Z')];
    expect(periodsBetween(start, end, 'day', 4)).toHaveLength(4);
    expect(periodsBetween(start, end, 'day', 3)).toBeUndefined();
    expect(periodsBetween(end, start, 'day', 3)).toEqual([]);
  });
});
