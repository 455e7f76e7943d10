import { z } from 'zod';
import { encodeId, momentOf, type TransformRow } from './row.ts';

/** Which value of a data type is its latest value (data-sets.md 6). */
export const VALUE_BY_DATA_TYPE: ReadonlyMap<string, string> = new Map([
  ['completion-rate', 'rate'],
  ['digital-takeup', 'rate'],
  ['user-satisfaction-score', 'score'],
]);

const slugsSchema = z.array(z.string().min(1).max(200)).max(1_000);

export const latestValueOptionsSchema = z.object({
  /** Slugs of the dashboards that show this data set; default its data group. */
  dashboards: slugsSchema.optional(),
  /** The key of the value, for other data types than the original knew. */
  valueAttribute: z.string().optional(),
});

export const explorerOptionsSchema = z.object({
  /** Slugs by service; default the service's own id. */
  dashboards: z.record(z.string(), slugsSchema).default({}),
});

function newestFirst(rows: readonly TransformRow[]): TransformRow[] {
  const time = (row: TransformRow) => momentOf(row)?.getTime() ?? Number.NEGATIVE_INFINITY;
  return rows.filter((row) => momentOf(row) !== undefined).sort((a, b) => time(b) - time(a));
}

/** The newest value, once for each dashboard, under a key named after the data type. */
export function latestDatasetValue(
  rows: readonly TransformRow[],
  input: { readonly dataGroup: string; readonly dataType: string },
  options: z.output<typeof latestValueOptionsSchema>,
): TransformRow[] {
  const [newest] = newestFirst(rows);
  const valueKey = options.valueAttribute ?? VALUE_BY_DATA_TYPE.get(input.dataType);
  const value = newest && valueKey !== undefined ? (newest[valueKey] ?? null) : null;
  if (newest === undefined || value === null) return [];
  const name = input.dataType.replaceAll('-', '_');
  return (options.dashboards ?? [input.dataGroup]).map((slug) => ({
    _id: encodeId(slug, name),
    _timestamp: momentOf(newest),
    dashboard_slug: slug,
    [name]: value,
  }));
}

const METRICS: readonly { readonly name: string; readonly ignoredType?: string }[] = [
  { name: 'cost_per_transaction', ignoredType: 'quarterly' },
  { name: 'digital_cost_per_transaction' },
  { name: 'digital_takeup' },
  { name: 'number_of_digital_transactions', ignoredType: 'quarterly' },
  { name: 'number_of_transactions', ignoredType: 'quarterly' },
  { name: 'total_cost', ignoredType: 'quarterly' },
];

const KEPT_KEYS = ['end_at', 'period', 'service_id', 'type'];

/** The latest of six metrics of each service, once for each of its dashboards. A value of 0 is a value. */
export function latestTransactionExplorerValues(
  rows: readonly TransformRow[],
  options: z.output<typeof explorerOptionsSchema>,
): TransformRow[] {
  const sorted = newestFirst(rows);
  const services = new Set(sorted.flatMap((row) => (row.service_id == null ? [] : [String(row.service_id)])));
  return [...services].flatMap((service) => {
    const own = sorted.filter((row) => String(row.service_id) === service);
    const slugs = Object.hasOwn(options.dashboards, service) ? options.dashboards[service] : [service];
    return METRICS.flatMap(({ name, ignoredType }) => {
      const newest = own.find((row) => row[name] != null && (!ignoredType || row.type !== ignoredType));
      if (newest === undefined) return [];
      const kept = KEPT_KEYS.filter((key) => newest[key] != null).map((key) => [key, newest[key]]);
      return (slugs ?? []).map((slug) => ({
        _id: encodeId(slug, name),
        _timestamp: momentOf(newest),
        dashboard_slug: slug,
        [name]: newest[name],
        ...Object.fromEntries(kept),
      }));
    });
  });
}
