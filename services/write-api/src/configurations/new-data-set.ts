import { dataSetSettingsSchema, isValidKey } from '@flyloft/data-sets';
import { z } from 'zod';

/** Names that routes of the platform have (data-sets.md A8.2). */
const RESERVED = new Set([
  'livez',
  'readyz',
  'version',
  'docs',
  'metrics',
  'data',
  'static',
  'api',
  'openapi',
]);

const groupSchema = z
  .string()
  .max(60)
  .regex(/^[a-z0-9-]+$/, 'may hold only a–z, 0–9 and hyphens');

const nameSchema = z
  .string()
  .max(121)
  .regex(/^[a-z][a-z0-9_]+$/, 'must begin with a letter, and hold two or more of a–z, 0–9 and underscores')
  .refine((name) => !RESERVED.has(name), 'is the name of a route');

const tokenSchema = z
  .string()
  .max(255)
  .regex(/^[\x21-\x7e]*$/, 'may hold only visible ASCII characters')
  .nullable();

const { shape } = dataSetSettingsSchema;

/** The body of POST /data-sets (data-sets.md A2). What this version cannot do yet is refused, not ignored. */
export const newDataSetSchema = z
  .strictObject({
    ...shape,
    data_group: groupSchema,
    data_type: groupSchema,
    name: nameSchema.optional(),
    bearer_token: tokenSchema.optional().describe('Generated when absent; empty or null: none'),
    auto_ids: shape.auto_ids.refine((keys) => keys?.every(isValidKey) ?? true, 'must hold valid keys'),
    upload_filters: shape.upload_filters.refine((filters) => filters.length === 0, 'is not supported yet'),
    capped_size: shape.capped_size.refine((size) => size === null, 'is not supported yet'),
    schema: shape.schema.refine((schema) => schema === null, 'is not supported yet'),
    restricted: shape.restricted.refine((restricted) => !restricted, 'is not supported yet'),
  })
  .transform((body, context) => {
    const name = body.name ?? `${body.data_group}_${body.data_type}`.replaceAll('-', '_');
    const valid = nameSchema.safeParse(name);
    if (valid.success) return { ...body, name };
    for (const { message } of valid.error.issues) {
      context.addIssue({ code: 'custom', path: ['name'], message: `"${name}" ${message}` });
    }
    return z.NEVER;
  });
