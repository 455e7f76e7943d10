import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type LoadJob, loadJobId, loadJobSchema } from '@flyloft/common';
import { type JobQueue, PostponedJob } from '@flyloft/job-queue';
import { cubeFilesPrefix, type Load, MAX_ATTEMPTS, StaleAttemptError } from '@flyloft/registry';
import { EngineError, LoadFailure } from '@flyloft/warehouse';
import type { Logger } from 'pino';
import { removeFiles } from '../housekeeping/sweep-files.ts';
import { keepAlive, type LiveAttempt } from './attempt.ts';
import { type LoaderDependencies, NotItsTurn, performLoad } from './perform-load.ts';

export type LoadOutcome = 'done' | 'fail' | 'stale' | 'handed_back' | 'postponed';

export interface RunnerDependencies extends LoaderDependencies {
  readonly queue: JobQueue<LoadJob>;
  readonly logger: Logger;
  /** A folder of this process alone. */
  readonly workFolder: string;
  /** Aborted when the worker must stop at once: loads at work are handed back. */
  readonly stop: AbortSignal;
  readonly onOutcome?: (outcome: LoadOutcome, seconds: number) => void;
  readonly heartbeatSeconds?: number;
  /** Wait after a first fault of ours, doubled after the second, and up to twice as long by chance; default 2,000. */
  readonly retryDelayMilliseconds?: number;
}

/** Puts a load's next attempt into the queue; doing it twice makes one job. */
export async function enqueue(
  { queue, registry }: Pick<RunnerDependencies, 'queue' | 'registry'>,
  load: Pick<Load, 'id' | 'attempt'>,
): Promise<void> {
  const job: LoadJob = { version: 1, load_id: load.id, after_attempt: load.attempt };
  await queue.add(loadJobId(job), job);
  await registry.markEnqueued(load.id);
}

const INTERNAL = 'The load failed by a fault of the platform, which has been logged. Please try again later.';

const DISK_FULL = /ENOSPC|EFBIG|EDQUOT|No space left|File too large|quota exceeded/i;

const isDiskFull = (error: unknown) => error instanceof Error && DISK_FULL.test(error.message);

/** A fault of ours as the person may read it: never an internal message. */
function asFailure(error: unknown): LoadFailure | { code: string; message: string; problems: []; total: 0 } {
  if (error instanceof LoadFailure) return error;
  if (error instanceof EngineError && error.kind === 'out_of_memory') {
    const message =
      'The load needs more memory than it may have: raise DUCKDB_MEMORY_MB, or load smaller tables.';
    return { code: 'out_of_memory', message, problems: [], total: 0 };
  }
  if (isDiskFull(error)) {
    const message =
      'The platform has no room left on its disk for this load. Its operator has to make some; then load again.';
    return { code: 'disk_full', message, problems: [], total: 0 };
  }
  return { code: 'internal', message: INTERNAL, problems: [], total: 0 };
}

const STORE_CHECK_MILLISECONDS = 500;
const STORE_WAIT_MILLISECONDS = 600_000;

/**
 * While the store of files is away no load can go on, and trying again would only use up its attempts: it
 * waits, alive and cancellable, until the store answers, but not for ever.
 */
async function untilStoreIsBack(
  { store, logger }: RunnerDependencies,
  { signal, id }: LiveAttempt,
): Promise<void> {
  const deadline = Date.now() + STORE_WAIT_MILLISECONDS;
  for (let isFirst = true; !signal.aborted && Date.now() < deadline; isFirst = false) {
    const isThere = await store.check().then(
      () => true,
      () => false,
    );
    if (isThere) return;
    if (isFirst) logger.warn({ load: id.loadId }, 'the store of files is away; the load waits for it');
    await delay(STORE_CHECK_MILLISECONDS, undefined, { signal }).catch(() => undefined);
  }
}

/** Ends an attempt that threw. What is the package's fault fails; what is ours is tried again, three times in all. */
async function settleFailure(
  dependencies: RunnerDependencies,
  attempt: LiveAttempt,
  error: unknown,
): Promise<LoadOutcome> {
  const { registry, stop, logger } = dependencies;
  const { loadId, attempt: number } = attempt.id;
  const overtaken = error instanceof StaleAttemptError || attempt.signal.reason instanceof StaleAttemptError;
  if (overtaken) return 'stale';
  if (error instanceof NotItsTurn) {
    // From now on its package is known: its job waits without an attempt.
    await registry.postpone(attempt.id);
    return 'postponed';
  }
  const ours = !(error instanceof LoadFailure);
  if (ours && !stop.aborted) logger.error({ err: error, load: loadId, attempt: number }, 'load failed');
  // A full disk stays full until somebody makes room: the person should know at once.
  const mayPass = ours && !isDiskFull(error);
  if (stop.aborted || (mayPass && number < MAX_ATTEMPTS)) {
    const { retryDelayMilliseconds = 2_000 } = dependencies;
    const pause = retryDelayMilliseconds * 2 ** (number - 1) * (1 + Math.random());
    await delay(pause, undefined, { signal: attempt.signal }).catch(() => undefined);
    await untilStoreIsBack(dependencies, attempt);
    await registry.release(attempt.id);
    await enqueue(dependencies, { id: loadId, attempt: number });
    return 'handed_back';
  }
  const { code, message, problems, total } = asFailure(error);
  const { warnings } = attempt;
  await registry.fail(attempt.id, { error: message, code, problems, problemsTotal: total, warnings });
  return 'fail';
}

async function attemptLoad(
  dependencies: RunnerDependencies,
  load: Load,
  attempt: LiveAttempt,
): Promise<LoadOutcome> {
  const folder = join(dependencies.workFolder, `${attempt.id.loadId}.${attempt.id.attempt}`);
  try {
    await mkdir(folder, { recursive: true });
    await performLoad(dependencies, load, attempt, folder);
    return 'done';
  } catch (error) {
    const outcome = await settleFailure(dependencies, attempt, error).catch((failure: unknown) => {
      if (failure instanceof StaleAttemptError) return 'stale' as const;
      throw failure;
    });
    await removeAttemptFiles(dependencies, attempt).catch((failure: unknown) => {
      dependencies.logger.warn({ err: failure }, 'files of an attempt are left to be swept');
    });
    return outcome;
  } finally {
    attempt.end();
    await rm(folder, { recursive: true, force: true });
  }
}

/** An attempt that did not publish leaves nothing in the object store. */
async function removeAttemptFiles(
  { registry, store }: RunnerDependencies,
  attempt: LiveAttempt,
): Promise<void> {
  const { loadId, attempt: number } = attempt.id;
  const load = await registry.findLoad(loadId);
  // A commit whose answer was lost looks like a failure from here; its files are the published ones.
  const isPublished = load?.status === 'done' && load.attempt === number;
  if (load?.packageId === undefined || isPublished) return;
  await removeFiles(store, cubeFilesPrefix(load.packageId, loadId, number));
}

/** How soon a load that waits for an earlier one of its package is looked at again. */
const POSTPONED_MILLISECONDS = 500;

/**
 * Does one load job. A job that comes twice, or late, finds its attempt begun and does nothing.
 * @throws {PostponedJob} while an earlier load of the same package is at work.
 */
export async function runLoad(dependencies: RunnerDependencies, data: unknown): Promise<void> {
  const { registry, logger, stop, heartbeatSeconds, onOutcome } = dependencies;
  const job = loadJobSchema.parse(data);
  if (await registry.mustWait(job.load_id)) throw new PostponedJob(POSTPONED_MILLISECONDS);
  const started = await registry.startAttempt(job.load_id, job.after_attempt);
  if (started === undefined) return;
  const { load, attempt: id } = started;
  const log = logger.child({ load: id.loadId, attempt: id.attempt });
  const begin = process.hrtime.bigint();
  const beat = heartbeatSeconds === undefined ? {} : { heartbeatSeconds };
  const attempt = keepAlive({ registry, id, stop, logger: log, ...beat });
  const outcome = await attemptLoad(dependencies, load, attempt);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  log.info(
    { outcome, seconds },
    outcome === 'stale' ? 'stale attempt: another has taken over' : 'load ended',
  );
  onOutcome?.(outcome, seconds);
  if (outcome === 'postponed') throw new PostponedJob(POSTPONED_MILLISECONDS);
}
