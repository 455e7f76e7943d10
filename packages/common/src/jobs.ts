import { z } from 'zod';

/** The queue that the conductor fills and the worker empties. */
export const LOADS_QUEUE = 'loads';

/**
 * A load job. The load itself is the row `registry.loads`; the job only says which row to work on and
 * how many attempts that row had seen when the job was made. A worker starts only while that number
 * still holds, so a job that is delivered twice, or late, does nothing twice. `version` rises when the
 * shape changes, and a worker refuses a version that it does not know.
 */
export const loadJobSchema = z.strictObject({
  version: z.literal(1),
  load_id: z.uuid(),
  after_attempt: z.int().min(0),
});

export type LoadJob = z.infer<typeof loadJobSchema>;

/** The job's id: enqueueing the same load for the same attempt again is one job. */
export function loadJobId(job: LoadJob): string {
  return `${job.load_id}.${job.after_attempt}`;
}

/** The queue that write-api and package-worker fill and package-worker empties. */
export const TRANSFORMS_QUEUE = 'transforms';

/**
 * Wakes a worker for a transform. What there is to do stands in the transform's row: a job that comes
 * twice, or late, finds nothing pending and does nothing.
 */
export const transformJobSchema = z.strictObject({
  version: z.literal(1),
  transform_id: z.uuid(),
  /** The row's own version when the job was made. */
  transform_version: z.int().min(0),
});

export type TransformJob = z.infer<typeof transformJobSchema>;

export function transformJobId(job: TransformJob): string {
  return `${job.transform_id}.${job.transform_version}`;
}

/** The queue of calls to outside services (`/package/run-hooks`): the conductor fills it, the worker empties it. */
export const HOOKS_QUEUE = 'hooks';

/**
 * One call of a package's hook. Target, package and what is sent stand in the row `registry.hook_runs`,
 * which also takes the outcome; a job that comes twice, or late, finds its row ended and does nothing.
 */
export const hookJobSchema = z.strictObject({
  version: z.literal(1),
  hook_run_id: z.uuid(),
});

export type HookJob = z.infer<typeof hookJobSchema>;

export function hookJobId(job: HookJob): string {
  return job.hook_run_id;
}

/** The queue of what people are told: the conductor fills it, auth empties it into their inboxes. */
export const NOTICES_QUEUE = 'notices';

/**
 * Something that a person is told. The notification gets the notice's id, so that a job that comes twice
 * tells them once.
 */
export const noticeJobSchema = z.strictObject({
  version: z.literal(1),
  notice_id: z.uuid(),
  kind: z.enum(['load-done', 'load-failed', 'package-published', 'comment']),
  /** Who is told: an idhash. */
  userid: z.string(),
  package_id: z.string().nullable(),
  /** Of the load or comment, where it is about one. */
  subject_id: z.string().nullable(),
  /** What went wrong, or what the comment says. */
  detail: z.string().nullable(),
});

export type NoticeJob = z.infer<typeof noticeJobSchema>;

export function noticeJobId(job: NoticeJob): string {
  return job.notice_id;
}
