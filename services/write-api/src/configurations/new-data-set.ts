import { z } from 'zod';
import { changeableFields } from './changeable-fields.ts';

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

/** The body of POST /data-sets (data-sets.md A2). */
export const newDataSetSchema = z
  .strictObject({
    ...changeableFields,
    data_group: groupSchema,
    data_type: groupSchema,
    name: nameSchema.optional(),
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
