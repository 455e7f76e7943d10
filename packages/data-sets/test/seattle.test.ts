import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ENGINES, type Engine, newDataSet, readText, write } from './engines.ts';

const FILE = new URL('../../../samples/seattle-weather/seattle-weather.csv', import.meta.url);
const days = readFileSync(FILE, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','));

const QUERY =
  'period=month&collect=precipitation:sum&collect=temp_max:mean&start_at=2015-01-01T00:00:00Z&end_at=2016-01-01T00:00:00Z';

/** A column of a month of 2015, added up in whole tenths. */
function tenths(month: string, column: number): { sum: bigint; days: number } {
  const cells = days.filter(([date = '']) => date.startsWith(month)).map((day) => day[column] ?? '');
  const sum = cells.reduce((total, cell) => total + BigInt(Math.round(Number(cell) * 10)), 0n);
  return { sum, days: cells.length };
}

for (const { name, describe, start } of ENGINES) {
  describe(`the weather of Seattle on ${name}`, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine.stop());

    it('has exact sums and means for each month of 2015', async () => {
      const dataSet = await newDataSet(engine.dataSets);
      const records = days.map(([date, precipitation, high, low, wind, weather]) => ({
        _id: date,
        _timestamp: `${date}T00:00:00Z`,
        precipitation: Number(precipitation),
        temp_max: Number(high),
        temp_min: Number(low),
        wind: Number(wind),
        weather,
      }));
      await write(engine.dataSets, dataSet, records);
      const rows = JSON.parse(await readText(engine.dataSets, dataSet, QUERY));
      expect(rows).toHaveLength(12);
      for (const row of rows) {
        const month = row._start_at.slice(0, 7);
        const rain = tenths(month, 1);
        const high = tenths(month, 2);
        expect([month, row._count, row['precipitation:sum']]).toEqual([
          month,
          rain.days,
          Number(`${rain.sum / 10n}.${rain.sum % 10n}`),
        ]);
        expect(row['temp_max:mean']).toBeCloseTo(Number(high.sum) / high.days / 10, 12);
      }
    });
  });
}
