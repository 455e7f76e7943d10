import { z } from 'zod';

const entrySchema = z.object({
  /** Records behind this position of the source are still to come; absent: none was copied yet. */
  position: z.string().optional(),
  records: z.int().min(0),
  /** `verified`: nothing is left to do. `differs`: the copy is thrown away and begun anew. */
  state: z.enum(['copying', 'verified', 'differs']),
});

/** How far a copy has come, by the names of data sets. A name stands here before anything is made in the target. */
export const copyProgressSchema = z.record(z.string(), entrySchema);

export type CopyEntry = z.output<typeof entrySchema>;

/** Port: where the progress survives the process. */
export interface CopyProgress {
  readonly read: () => Promise<Readonly<Record<string, CopyEntry>>>;
  /** Resolves when the entry is safe; never half written. */
  readonly write: (name: string, entry: CopyEntry) => Promise<void>;
}
