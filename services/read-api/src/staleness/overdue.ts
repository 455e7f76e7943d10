import type { DataSet, DataSets } from '@flyloft/data-sets';

/** A data set that is older than it should be, as the report names it (data-sets.md section 5). */
export interface OverdueDataSet {
  readonly name: string;
  readonly 'seconds-out-of-date': number;
  readonly 'last-updated': Date;
  readonly 'max-age-expected': number;
}

/** How many data sets are asked for at once. */
const AT_ONCE = 4;

async function overdue(
  store: Pick<DataSets['store'], 'lastUpdated'>,
  dataSet: DataSet,
  now: Date,
): Promise<OverdueDataSet | undefined> {
  const maxAge = dataSet.settings.max_age_expected;
  if (maxAge === null) return undefined;
  const last = await store.lastUpdated(dataSet);
  if (last === undefined) return undefined;
  const seconds = Math.trunc((now.getTime() - last.getTime()) / 1000 - maxAge);
  if (seconds < 0) return undefined;
  return {
    name: dataSet.name,
    'seconds-out-of-date': seconds,
    'last-updated': last,
    'max-age-expected': maxAge,
  };
}

/** Those that are out of date, in their order; never updated ones and those without a greatest age are not. */
export async function overdueDataSets(
  store: Pick<DataSets['store'], 'lastUpdated'>,
  dataSets: readonly DataSet[],
  now: Date,
): Promise<OverdueDataSet[]> {
  const found: OverdueDataSet[] = [];
  for (let index = 0; index < dataSets.length; index += AT_ONCE) {
    const some = dataSets.slice(index, index + AT_ONCE);
    const results = await Promise.all(some.map((dataSet) => overdue(store, dataSet, now)));
    found.push(...results.filter((result) => result !== undefined));
  }
  return found;
}
