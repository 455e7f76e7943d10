import { z } from 'zod';
import { dialectSchema, tableSchema } from './field-schema.ts';
import { fiscalModelSchema } from './fiscal-schema.ts';

const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'may hold lower-case letters, digits, ".", "_" and "-" only');

const resourceSchema = z.looseObject({
  name: z.string().min(1).optional(),
  title: z.string().optional(),
  path: z
    .union([z.string().min(1), z.array(z.string().min(1)).length(1, 'a list of parts is not supported yet')])
    .transform((path) => (typeof path === 'string' ? path : (path[0] ?? ''))),
  format: z.string().optional(),
  mediatype: z.string().optional(),
  encoding: z.string().optional(),
  compression: z.literal('gz', 'only "gz" is supported').optional(),
  bytes: z.number().int().min(0).optional(),
  hash: z.string().optional(),
  schema: z
    .union([tableSchema, z.string()])
    .refine(
      (schema) => typeof schema !== 'string',
      'a schema at another address is not supported: write it here',
    )
    .transform((schema) => (typeof schema === 'string' ? undefined : schema))
    .optional(),
  dialect: dialectSchema.optional(),
});

/** A Data Package, v1 or v2, and the Fiscal Data Package's `model` when it has one. Other keys are kept. */
export const packageSchema = z.looseObject({
  name: nameSchema,
  title: z.string().optional(),
  description: z.string().optional(),
  author: z.union([z.string(), z.looseObject({})]).optional(),
  resources: z.array(resourceSchema).min(1, 'needs at least one resource'),
  model: fiscalModelSchema.optional(),
  fiscalPeriod: z.looseObject({ start: z.string('must be a date') }).optional(),
});

export type PackageDescriptor = z.infer<typeof packageSchema>;
export type ResourceDescriptor = z.infer<typeof resourceSchema>;
