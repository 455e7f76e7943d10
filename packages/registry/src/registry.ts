import type { LoadStatus } from '@flyloft/common';
import type { Load, LoadAttempt, LoadProblem } from './loads/load.ts';
import type { FoundCube, Publication, RegisteredPackage } from './packages/published-package.ts';

interface NewLoad {
  /** The descriptor's address as the client sent it. */
  readonly datapackage: string;
  /** Its one spelling, by `normaliseAddress`. */
  readonly address: string;
  readonly requestedBy: string;
  readonly force?: boolean;
}

export interface LoadFailure {
  /** A readable sentence. */
  readonly error: string;
  /** For programs: `unreachable`, `invalid_descriptor`, `invalid_data`, … */
  readonly code: string;
  readonly problems?: readonly LoadProblem[];
  /** How many problems there are; the first 100 are kept. */
  readonly problemsTotal?: number;
  readonly warnings?: readonly string[];
}

export interface LoadProgress {
  /** Where the work is now. A load ends by `publish`, `finishUnchanged` or `fail`. */
  readonly status: Exclude<LoadStatus, 'queued' | 'done' | 'fail'>;
  /** Rows so far; never falls within an attempt. */
  readonly rows?: number;
  readonly rowsTotal?: number;
  readonly bytes?: number;
}

/** What became of loads whose worker was lost. */
interface LostLoads {
  readonly requeued: readonly Load[];
  readonly failed: readonly Load[];
}

/** Packages and their loads. Times are the database's own: replicas need no common clock. */
export interface Registry {
  // Loads, as the conductor sees them
  /** A new queued load, or the one that the same person already has waiting for the same address. */
  createLoad(load: NewLoad): Promise<{ readonly load: Load; readonly created: boolean }>;
  /** A load that failed before it could be queued: a row, so that status can tell. */
  createFailedLoad(load: NewLoad, failure: LoadFailure): Promise<Load>;
  findLoad(id: string): Promise<Load | undefined>;
  newestLoad(address: string): Promise<Load | undefined>;
  /** Queued loads without a job, or whose job is older than `reenqueueAfterSeconds`; oldest first. */
  loadsToEnqueue(options?: {
    readonly limit?: number;
    readonly reenqueueAfterSeconds?: number;
  }): Promise<Load[]>;
  markEnqueued(loadId: string): Promise<void>;
  /** Ends attempts whose heartbeat has stopped: back to the queue, or failed after the third. */
  reapLostLoads(options?: { readonly lostAfterSeconds?: number }): Promise<LostLoads>;

  /** How many loads wait for a worker, and for how long the oldest of them has. */
  waitingLoads(): Promise<{ readonly count: number; readonly oldestSeconds: number }>;

  // Loads, as a worker sees them; each write throws StaleAttemptError when the attempt is no longer the load's
  /** Begins attempt `afterAttempt + 1`; undefined when the load has ended or that attempt was begun before. */
  startAttempt(
    loadId: string,
    afterAttempt: number,
  ): Promise<{ load: Load; attempt: LoadAttempt } | undefined>;
  heartbeat(attempt: LoadAttempt): Promise<void>;
  /** Never back: throws a RangeError for a status that may not follow. */
  advance(attempt: LoadAttempt, progress: LoadProgress): Promise<void>;
  /**
   * Says which package the load is for, and whether it is its turn: true when no other load of that
   * package is at work. Ask again until it is; only then may the load publish. The package's owner must
   * be who asked for the load (RangeError).
   */
  claimPackage(attempt: LoadAttempt, packageId: string): Promise<boolean>;
  /** Gives an attempt up without fault of the load, which goes back to the queue: enqueue it then. */
  release(attempt: LoadAttempt): Promise<void>;
  /** The load has failed; its package, when known, says so and keeps its old data. */
  fail(attempt: LoadAttempt, failure: LoadFailure): Promise<Load>;
  /** Package and load in one transaction: readers see the old load or this one, whole. */
  publish(attempt: LoadAttempt, publication: Publication): Promise<RegisteredPackage>;
  /** Done without work: the package is what it was. */
  finishUnchanged(attempt: LoadAttempt): Promise<Load>;

  // Packages
  findPackage(id: string): Promise<RegisteredPackage | undefined>;
  /** A loaded cube by `<owner>:<name>` or `<owner>:<name>:<resource>`; privacy is the caller's to check. */
  findCube(id: string): Promise<FoundCube | undefined>;
  /** Main cubes that `owner` may see: every public one and, when given, their own; by id. */
  listCubes(options?: { readonly owner?: string }): Promise<FoundCube[]>;

  /** Makes a package public or private, or the other of the two; undefined when there is none. */
  setPrivacy(id: string, privacy: 'public' | 'private' | 'toggle'): Promise<RegisteredPackage | undefined>;

  /** Resolves when the database answers. */
  check(): Promise<void>;
  close(): Promise<void>;
}
