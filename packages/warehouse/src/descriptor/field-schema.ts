import { z } from 'zod';

/** Table Schema types that are read into a column of their own (Data Package v1 and v2). */
const FIELD_TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'datetime', 'year', 'any'] as const;

export type FieldType = (typeof FIELD_TYPES)[number];

const constraintsSchema = z.looseObject({
  required: z.boolean().optional(),
  /** Not checked yet: a load warns of it. */
  unique: z.boolean().optional(),
  enum: z.array(z.union([z.string(), z.number(), z.boolean()])).optional(),
  pattern: z.string().optional(),
  minLength: z.number().int().min(0).optional(),
  maxLength: z.number().int().min(0).optional(),
  minimum: z.union([z.number(), z.string()]).optional(),
  maximum: z.union([z.number(), z.string()]).optional(),
});

export const fieldSchema = z.looseObject({
  name: z.string().min(1),
  type: z.enum(FIELD_TYPES).default('any'),
  title: z.string().optional(),
  description: z.string().optional(),
  format: z.string().default('default'),
  osType: z.string().optional(),
  columnType: z.string().optional(),
  decimalChar: z.string().length(1).default('.'),
  groupChar: z.string().optional(),
  bareNumber: z.boolean().default(true),
  trueValues: z.array(z.string()).default(['true', 'True', 'TRUE', '1']),
  falseValues: z.array(z.string()).default(['false', 'False', 'FALSE', '0']),
  constraints: constraintsSchema.optional(),
});

export type Field = z.infer<typeof fieldSchema>;

const missingValueSchema = z.union([z.string(), z.looseObject({ value: z.string() })]);

/** How header names and declared fields must agree; the default asks for all, in any order (A6). */
const FIELDS_MATCH = ['exact', 'equal', 'subset', 'superset', 'partial'] as const;

export const tableSchema = z.looseObject({
  fields: z.array(fieldSchema).min(1),
  /** Not checked yet: a load warns of it. */
  primaryKey: z.union([z.string(), z.array(z.string())]).optional(),
  missingValues: z
    .array(missingValueSchema)
    .default([''])
    .transform((values) => values.map((value) => (typeof value === 'string' ? value : value.value))),
  fieldsMatch: z
    .union([z.enum(FIELDS_MATCH), z.array(z.enum(FIELDS_MATCH)).length(1)])
    .default('subset')
    .transform((value) => (Array.isArray(value) ? (value[0] ?? 'subset') : value)),
});

export type TableSchema = z.infer<typeof tableSchema>;

/** The parts of a CSV dialect (v1) or Table Dialect (v2) that are honoured; another key is an error. */
export const dialectSchema = z.strictObject({
  $schema: z.string().optional(),
  profile: z.string().optional(),
  type: z.literal('delimited').optional(),
  csvddfVersion: z.union([z.string(), z.number()]).optional(),
  delimiter: z.string().min(1).max(4).default(','),
  quoteChar: z.string().length(1).default('"'),
  escapeChar: z.string().length(1).optional(),
  doubleQuote: z.boolean().default(true),
  header: z.boolean().default(true),
  headerRows: z.tuple([z.literal(1)]).optional(),
  commentChar: z.string().length(1).optional(),
  lineTerminator: z.string().optional(),
  skipInitialSpace: z.literal(false).optional(),
  caseSensitiveHeader: z.literal(true).optional(),
});

export type Dialect = z.infer<typeof dialectSchema>;
