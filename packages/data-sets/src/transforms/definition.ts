import { z } from 'zod';

const TRANSFORM_KINDS = [
  'rate',
  'user_satisfaction',
  'latest_dataset_value',
  'latest_transaction_explorer_values',
  'aggregate',
] as const;

export type TransformKind = (typeof TRANSFORM_KINDS)[number];

/** The original's `backdrop.transformers.tasks.rate.compute`, or `rate` (data-sets.md A8.15). */
function kindOf(text: string): TransformKind | undefined {
  const parts = text.split('.');
  if (parts.length > 1 && parts.at(-1) === 'compute') parts.pop();
  return TRANSFORM_KINDS.find((kind) => kind === parts.at(-1));
}

const typeSchema = z
  .union([z.string(), z.object({ function: z.string() }).transform((type) => type.function)])
  .transform((text, context) => {
    const kind = kindOf(text);
    if (kind !== undefined) return { function: kind };
    context.addIssue({ code: 'custom', message: `is not one of ${TRANSFORM_KINDS.join(', ')}` });
    return z.NEVER;
  });

const parameterSchema = z.union([z.string(), z.number(), z.boolean()]);

const pairPart = z
  .string()
  .max(60)
  .regex(/^[a-z0-9-]+$/, 'may hold only a–z, 0–9 and hyphens');

const ONE_YEAR_SECONDS = 366 * 86_400;
const MOST_PARAMETERS = 50;

/** A transform in the original's JSON (data-sets.md 6), and when it runs. */
export const transformDefinitionSchema = z.object({
  type: typeSchema,
  'query-parameters': z
    .record(z.string(), z.union([parameterSchema, z.array(parameterSchema).max(MOST_PARAMETERS)]))
    .default({}),
  options: z.record(z.string(), z.unknown()).default({}),
  output: z.object({ 'data-group': pairPart.optional(), 'data-type': pairPart }),
  after_writes: z.boolean().default(true).describe('Runs after writes, for the periods they touch'),
  every_seconds: z
    .int()
    .min(10)
    .max(ONE_YEAR_SECONDS)
    .nullable()
    .default(null)
    .describe('Runs on a schedule as well; null: never by the clock'),
});

export type TransformDefinition = z.output<typeof transformDefinitionSchema>;
