import { z } from 'zod';

/** Every type of Table Schema (Data Package v1 and v2). `any`, and no type at all, is found out from the data. */
const FIELD_TYPES = [
  'string',
  'integer',
  'number',
  'boolean',
  'date',
  'time',
  'datetime',
  'year',
  'yearmonth',
  'duration',
  'geopoint',
  'geojson',
  'object',
  'array',
  'list',
  'any',
] as const;

export type FieldType = (typeof FIELD_TYPES)[number];

const bound = z.union([z.number(), z.string()], 'must be a number or a text');

const constraintsSchema = z.looseObject({
  required: z.boolean().optional(),
  unique: z.boolean().optional(),
  enum: z
    .array(z.union([z.string(), z.number(), z.boolean()], 'must be a text, a number, true or false'))
    .min(1)
    .optional(),
  pattern: z.string().optional(),
  minLength: z.number().int().min(0).optional(),
  maxLength: z.number().int().min(0).optional(),
  minimum: bound.optional(),
  maximum: bound.optional(),
  exclusiveMinimum: bound.optional(),
  exclusiveMaximum: bound.optional(),
});

const missingValueSchema = z
  .union([z.string(), z.looseObject({ value: z.string() })], 'must be a text')
  .transform((value) => (typeof value === 'string' ? value : value.value));

const fieldSchema = z.looseObject({
  name: z.string().min(1),
  type: z.enum(FIELD_TYPES).default('any'),
  title: z.string().optional(),
  description: z.string().optional(),
  format: z.string().default('default'),
  osType: z.string().optional(),
  columnType: z.string().optional(),
  decimalChar: z.string().length(1).default('.'),
  groupChar: z.string().max(1).optional(),
  bareNumber: z.boolean().default(true),
  /** What separates the items of a `list`. */
  delimiter: z.string().min(1).max(4).default(','),
  trueValues: z.array(z.string()).min(1).default(['true', 'True', 'TRUE', '1']),
  falseValues: z.array(z.string()).min(1).default(['false', 'False', 'FALSE', '0']),
  /** In the place of the schema's own, for this field alone (v2). */
  missingValues: z.array(missingValueSchema).optional(),
  constraints: constraintsSchema.optional(),
});

export type Field = z.infer<typeof fieldSchema>;

/** How header names and declared fields must agree; the default asks for all, in any order (packages.md A6). */
const FIELDS_MATCH = ['exact', 'equal', 'subset', 'superset', 'partial'] as const;

const names = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)], 'must be a name, or a list of names')
  .transform((value) => (typeof value === 'string' ? [value] : value));

const foreignKeySchema = z.looseObject({
  fields: names,
  reference: z.looseObject({
    /** Empty or absent: the table itself. */
    resource: z.string().default(''),
    fields: names,
  }),
});

export type ForeignKey = z.infer<typeof foreignKeySchema>;

export const tableSchema = z.looseObject({
  fields: z.array(fieldSchema).min(1),
  primaryKey: z
    .union([z.array(z.string().min(1)), names])
    .optional()
    .transform((value) => value ?? []),
  uniqueKeys: z.array(names).default([]),
  foreignKeys: z.array(foreignKeySchema).default([]),
  missingValues: z.array(missingValueSchema).default(['']),
  fieldsMatch: z
    .union([z.enum(FIELDS_MATCH), z.array(z.enum(FIELDS_MATCH)).length(1)])
    .default('subset')
    .transform((value) => (Array.isArray(value) ? (value[0] ?? 'subset') : value)),
});

export type TableSchema = z.infer<typeof tableSchema>;
