import { type Transform, transformDefinitionSchema } from '@flyloft/data-sets';
import { z } from 'zod';

const MOST_TRANSFORMS = 50;

/** The body of PUT; what GET answers may be put again, with what it tells besides. */
export const transformListSchema = z.array(transformDefinitionSchema).max(MOST_TRANSFORMS);

/** For the document: definitions as they are answered, in which functions have their short names. */
export const transformAnswerSchema = z.array(
  z.object({
    id: z.string(),
    type: z.object({ function: z.string() }),
    'query-parameters': z.record(z.string(), z.unknown()),
    options: z.record(z.string(), z.unknown()),
    output: z.object({ 'data-group': z.string().optional(), 'data-type': z.string() }),
    after_writes: z.boolean(),
    every_seconds: z.int().nullable(),
    status: z.object({
      pending: z.boolean().describe('Something was written that it has not seen yet'),
      last_run_at: z.iso.datetime().nullable(),
      last_success_at: z.iso.datetime().nullable(),
      last_error: z.string().nullable().describe('Of the last run; null when that went well'),
      failures: z.int().describe('Since the last success or the last write'),
    }),
  }),
);

export function presentTransform({
  id,
  definition,
  status,
}: Transform): z.output<typeof transformAnswerSchema>[number] {
  return {
    id,
    ...definition,
    output: { ...definition.output },
    status: {
      pending: status.pending,
      last_run_at: status.lastRunAt?.toISOString() ?? null,
      last_success_at: status.lastSuccessAt?.toISOString() ?? null,
      last_error: status.lastError,
      failures: status.failures,
    },
  };
}
