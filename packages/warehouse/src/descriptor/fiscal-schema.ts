import { z } from 'zod';
import { AGGREGATE_FUNCTIONS } from '../models/cube-model.ts';

const sourced = {
  source: z.string().min(1),
  resource: z.string().optional(),
  title: z.string().optional(),
};

const measureSchema = z.looseObject({
  ...sourced,
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capitals, as ISO 4217 writes currencies')
    .optional(),
  factor: z.number().finite().default(1),
  /** What a question without `aggregates` is answered with; default the sum (cubes.md 5.2). */
  aggregates: z
    .array(z.enum(AGGREGATE_FUNCTIONS))
    .min(1)
    .refine((names) => new Set(names).size === names.length, 'names one twice')
    .optional(),
  direction: z.enum(['expenditure', 'revenue']).optional(),
  phase: z.enum(['proposed', 'approved', 'adjusted', 'executed']).optional(),
});

export type FiscalMeasure = z.infer<typeof measureSchema>;

const attributeSchema = z.looseObject({
  ...sourced,
  parent: z.string().optional(),
  labelfor: z.string().optional(),
  constant: z.undefined('attributes with a constant value are not supported').optional(),
});

export type FiscalAttribute = z.infer<typeof attributeSchema>;

const dimensionSchema = z.looseObject({
  title: z.string().optional(),
  description: z.string().optional(),
  attributes: z
    .record(z.string(), attributeSchema)
    .refine((attributes) => Object.keys(attributes).length > 0, 'needs at least one attribute'),
  primaryKey: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)], 'must be a name, or a list of names')
    .transform((key) => (typeof key === 'string' ? [key] : key)),
  /** Which of the keys are the levels of its hierarchy; all of them unless said. */
  levels: z.array(z.string()).min(1).optional(),
  dimensionType: z
    .enum(['datetime', 'entity', 'classification', 'activity', 'fact', 'location', 'other'])
    .optional(),
  classificationType: z.enum(['functional', 'administrative', 'economic']).optional(),
});

export type FiscalDimension = z.infer<typeof dimensionSchema>;

/** The `model` of a Fiscal Data Package (packages.md 3.9). */
export const fiscalModelSchema = z.looseObject({
  measures: z.record(z.string(), measureSchema),
  dimensions: z.record(z.string(), dimensionSchema),
});

export type FiscalModel = z.infer<typeof fiscalModelSchema>;
