import { z } from 'zod';

/** What a column holds, as the model tells it; decides how cuts convert and how values are written. */
const COLUMN_TYPES = ['string', 'integer', 'number', 'boolean', 'date', 'datetime'] as const;

export type ColumnType = (typeof COLUMN_TYPES)[number];

export const AGGREGATE_FUNCTIONS = ['sum', 'max', 'min', 'avg', 'count'] as const;

/** What a model lists and a query without `aggregates` answers (cubes.md 5.2); the others answer when asked for. */
export const DEFAULT_AGGREGATES = ['sum'] as const;

export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

const measureSchema = z.object({
  label: z.string(),
  column: z.string(),
  type: z.enum(COLUMN_TYPES),
  /** Digits after the point; averages carry six more. */
  scale: z.number().int().min(0),
  currency: z.string().optional(),
  orig_measure: z.string().optional(),
  aggregates: z.array(z.enum(AGGREGATE_FUNCTIONS)).min(1),
});

const attributeSchema = z.object({ label: z.string(), column: z.string(), type: z.enum(COLUMN_TYPES) });

const dimensionSchema = z.object({
  label: z.string(),
  description: z.string().optional(),
  key_attribute: z.string(),
  label_attribute: z.string().optional(),
  attributes: z.record(z.string(), attributeSchema),
  cardinality_class: z.enum(['tiny', 'low', 'medium', 'high']).nullable(),
  /** The name that the older system gave this dimension: it answers under it too. */
  alias: z.string().optional(),
  /**
   * For a dimension with a table of its own (its columns are then `table.column`): the fact column that
   * holds its key, or that and the column of the table that it equals (cubes.md 5.2).
   */
  join_column: z.union([z.string(), z.tuple([z.string(), z.string()])]).optional(),
});

/** A cube's model as it is stored: babbage's input model (cubes.md 5.2) and what the loader found out. */
export const cubeModelSchema = z.object({
  fact_table: z.string(),
  measures: z.record(z.string(), measureSchema),
  dimensions: z.record(z.string(), dimensionSchema),
  hierarchies: z.record(z.string(), z.object({ label: z.string(), levels: z.array(z.string()).min(1) })),
});

export type CubeModel = z.infer<typeof cubeModelSchema>;
export type Measure = CubeModel['measures'][string];
export type Dimension = CubeModel['dimensions'][string];
export type Attribute = Dimension['attributes'][string];
