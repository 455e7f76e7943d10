import { z } from 'zod';

/** Everything about a data set that does not name it (data-sets.md A2, with its defaults). */
export const dataSetSettingsSchema = z.object({
  raw_queries_allowed: z.boolean().default(true),
  queryable: z.boolean().default(true),
  realtime: z.boolean().default(false),
  max_age_expected: z.int().min(0).nullable().default(86_400),
  published: z.boolean().default(false),
  auto_ids: z.array(z.string()).nullable().default(null),
  upload_format: z.enum(['csv', 'excel']).default('csv'),
  upload_filters: z.array(z.string()).default([]),
  capped_size: z.int().positive().nullable().default(null),
  schema: z.record(z.string(), z.unknown()).nullable().default(null),
  restricted: z.boolean().default(false),
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
