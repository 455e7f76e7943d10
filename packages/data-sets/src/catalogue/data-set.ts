import { z } from 'zod';

/** Everything about a data set that does not name it (data-sets.md A2). */
export const dataSetFields = {
  raw_queries_allowed: z.boolean(),
  queryable: z.boolean(),
  realtime: z.boolean(),
  max_age_expected: z.int().min(0).nullable(),
  published: z.boolean(),
  auto_ids: z.array(z.string()).nullable(),
  upload_format: z.enum(['csv', 'excel']),
  upload_filters: z.array(z.string()),
  capped_size: z.int().positive().nullable(),
  schema: z.record(z.string(), z.unknown()).nullable(),
  restricted: z.boolean(),
};

/** The same with its defaults. */
export const dataSetSettingsSchema = z.object({
  raw_queries_allowed: dataSetFields.raw_queries_allowed.default(true),
  queryable: dataSetFields.queryable.default(true),
  realtime: dataSetFields.realtime.default(false),
  max_age_expected: dataSetFields.max_age_expected.default(86_400),
  published: dataSetFields.published.default(false),
  auto_ids: dataSetFields.auto_ids.default(null),
  upload_format: dataSetFields.upload_format.default('csv'),
  upload_filters: dataSetFields.upload_filters.default([]),
  capped_size: dataSetFields.capped_size.default(null),
  schema: dataSetFields.schema.default(null),
  restricted: dataSetFields.restricted.default(false),
});

export type DataSetSettings = z.output<typeof dataSetSettingsSchema>;

/** What a new data set is made from. */
export interface NewDataSet {
  readonly name: string;
  readonly dataGroup: string;
  readonly dataType: string;
  /** SHA-256 of the bearer token; null: none, so only service tokens may write. */
  readonly tokenHash: string | null;
  readonly settings: DataSetSettings;
}

/** A data set's configuration. `id` names its storage: a data set that is made anew gets another. */
export interface DataSet extends NewDataSet {
  readonly id: string;
  /** The token before the last rotation, while its grace period runs. */
  readonly previousToken?: { readonly hash: string; readonly until: Date };
}
