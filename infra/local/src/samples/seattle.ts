import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedError } from '../platform/expected-error.ts';
import type { PlatformClient } from '../platform/platform-client.ts';
import { repositoryRoot } from '../platform/repository-root.ts';
import { formatTable } from '../screen/table.ts';

const FILE = join(repositoryRoot, 'samples/seattle-weather/seattle-weather.csv');
const GROUP = 'seattle';
const TYPE = 'weather';
const PATH = `/data/${GROUP}/${TYPE}`;
export const SEATTLE_QUERY =
  'period=month&collect=precipitation:sum&collect=temp_max:mean&start_at=2015-01-01T00:00:00Z&end_at=2016-01-01T00:00:00Z';

type WeatherRecord = Record<string, string | number>;

/** The sample has no quoted cells: splitting at commas reads it whole. */
async function readRecords(): Promise<WeatherRecord[]> {
  const [header = '', ...lines] = (await readFile(FILE, 'utf8')).trim().split('\n');
  const keys = header.split(',');
  return lines.map((line) => {
    const record: WeatherRecord = {};
    for (const [index, cell] of line.split(',').entries()) {
      const key = keys[index] ?? '';
      if (key === 'date') Object.assign(record, { _id: cell, _timestamp: `${cell}T00:00:00Z` });
      else record[key] = key === 'weather' ? cell : Number(cell);
    }
    return record;
  });
}

async function isThere(client: PlatformClient, token: string): Promise<boolean> {
  const answer = await client.call(`/data-sets?data-group=${GROUP}&data-type=${TYPE}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const found: unknown = JSON.parse(answer);
  return Array.isArray(found) && found.length > 0;
}

/** Creates the sample data set and writes its records; answers how many. A second time: nothing to do. */
export async function loadSeattle(client: PlatformClient): Promise<number> {
  const { token } = await client.authorize('data-sets');
  const records = await readRecords();
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  if (!(await isThere(client, token))) {
    const configuration = { data_group: GROUP, data_type: TYPE, published: true, max_age_expected: null };
    await client.call('/data-sets', { method: 'POST', headers, body: JSON.stringify(configuration) });
  }
  // Records are replaced by their _id, so writing them again after a broken start changes nothing.
  await client.call(PATH, { method: 'POST', headers, body: JSON.stringify(records) });
  return records.length;
}

interface Month {
  readonly _start_at: string;
  readonly _count: number;
  readonly 'precipitation:sum': number | null;
  readonly 'temp_max:mean': number | null;
}

/** Rain and the mean of the daily highest temperatures for each month of 2015, as a table. */
export async function seattleTable(client: PlatformClient): Promise<string> {
  // the contract of a period query (data-sets.md 4.4)
  const { data } = JSON.parse(await client.call(`${PATH}?${SEATTLE_QUERY}`)) as { data: Month[] };
  if (data.length !== 12) throw new ExpectedError(`Expected 12 months of weather, got ${data.length}`);
  return formatTable(
    [
      { heading: 'month', align: 'left' },
      { heading: 'days', align: 'right' },
      { heading: 'rain, mm', align: 'right' },
      { heading: 'mean daily high, °C', align: 'right' },
    ],
    data.map((month) => [
      month._start_at.slice(0, 7),
      String(month._count),
      (month['precipitation:sum'] ?? 0).toFixed(1),
      (month['temp_max:mean'] ?? 0).toFixed(1),
    ]),
  );
}
