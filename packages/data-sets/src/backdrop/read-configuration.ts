import { z } from 'zod';
import { hashToken } from '../catalogue/bearer-token.ts';
import { dataSetSettingsSchema, type NewDataSet } from '../catalogue/data-set.ts';
import { isStorableText } from '../records/check-record.ts';

/** Stagecraft keeps lists as text with commas. */
const listSchema = z
  .union([z.array(z.string()), z.string(), z.null()])
  .transform((value) => (typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value))
  .transform((items) => items?.filter((item) => item !== '') ?? []);

/**
 * A data set's configuration in Stagecraft's JSON (data-sets.md 2.2). An absent field means what
 * Backdrop took it to mean, which is not always what a new data set of ours gets.
 */
const stagecraftSchema = z.object({
  // Odd names are kept: such a data set is reached by group and type (data-sets.md A8.2).
  name: z.string().min(1).max(1_000),
  data_group: z.string().min(1).max(1_000),
  data_type: z.string().min(1).max(1_000),
  bearer_token: z.string().nullable().default(null),
  raw_queries_allowed: z.boolean().default(false),
  queryable: z.boolean().default(true),
  realtime: z.boolean().default(false),
  published: z.boolean().default(true),
  max_age_expected: z.int().min(0).nullable().default(2_678_400),
  capped_size: z.int().min(0).nullable().default(null),
  upload_format: z.string().default(''),
  upload_filters: listSchema.default([]),
  auto_ids: listSchema.default([]),
  schema: z.record(z.string(), z.unknown()).nullable().default(null),
});

/** A configuration as we keep it, or what is wrong with it. */
export function readBackdropConfiguration(value: unknown): NewDataSet | { readonly reason: string } {
  const parsed = stagecraftSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { reason: `${issue?.path.join('.') || 'configuration'}: ${issue?.message ?? 'not valid'}` };
  }
  const { name, data_group: dataGroup, data_type: dataType, bearer_token: token, ...rest } = parsed.data;
  if (!isStorableText(`${name}${dataGroup}${dataType}`))
    return { reason: 'name: holds what no engine can keep' };
  return {
    name,
    dataGroup,
    dataType,
    tokenHash: token ? hashToken(token) : null,
    settings: dataSetSettingsSchema.parse({
      ...rest,
      upload_format: rest.upload_format === 'excel' ? 'excel' : 'csv',
      auto_ids: rest.auto_ids.length === 0 ? null : rest.auto_ids,
      capped_size: rest.capped_size === 0 ? null : rest.capped_size,
    }),
  };
}
