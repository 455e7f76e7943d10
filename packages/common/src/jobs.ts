import { z } from 'zod';

/** The queue that the conductor fills and the worker empties. */
export const LOADS_QUEUE = 'loads';

/**
 * A load job. The load itself is the row `registry.loads`; the job only says which row to work on,
 * so a job that is delivered twice does nothing twice. `version` rises when the shape changes, and a
 * worker refuses a version that it does not know.
 */
export const loadJobSchema = z.strictObject({
  version: z.literal(1),
  load_id: z.uuid(),
});

export type LoadJob = z.infer<typeof loadJobSchema>;
