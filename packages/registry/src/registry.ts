import type { LoadProblem, LoadStatus, ModerationState, WordList } from '@flyloft/common';
import type { NewComment, PackageComment } from './community/comment.ts';
import type { Notice } from './community/notice.ts';
import type { HookOutcome, HookRun, NewHookRun } from './hooks/hook-run.ts';
import type { Load, LoadAttempt } from './loads/load.ts';
import type { FoundCube, JsonObject, Publication, RegisteredPackage } from './packages/published-package.ts';
import type { FoundPackages, PackageSearch } from './packages/search.ts';

export interface NewLoad {
  /** The descriptor's address as the client sent it. */
  readonly datapackage: string;
  /** Its one spelling, by `normaliseAddress`. */
  readonly address: string;
  readonly requestedBy: string;
  readonly force?: boolean;
  /** False: a first load is public once it is done. */
  readonly private?: boolean;
}

/** A request that must have one effect however often it is sent (reliability.md E1). */
export interface Once {
  /** SHA-256 of its Idempotency-Key. */
  readonly keyHash: string;
  /** SHA-256 of what was sent. */
  readonly fingerprint: string;
  /** The answer to keep. */
  readonly answer: (load: Load) => string;
}

export type LoadOnce =
  | { readonly kind: 'made'; readonly load: Load; readonly body: string }
  /** A request with the same key is being answered at this moment. */
  | { readonly kind: 'in flight' }
  /** It had been answered before. */
  | { readonly kind: 'known'; readonly fingerprint: string; readonly loadId: string; readonly body: string };

/** One page of a list; `page` counts from 1. */
export interface Page {
  readonly page: number;
  readonly perPage: number;
}

export interface Paged<T> {
  readonly items: readonly T[];
  readonly total: number;
}

export interface PackageStats {
  readonly packages: number;
  /** Of all packages, private and unloaded ones included. */
  readonly rows: number;
  /** Distinct country codes. */
  readonly countries: number;
}

/** A file that an upload address is about to be signed for. */
export interface AnnouncedBytes {
  readonly key: string;
  readonly bytes: number;
}

/** What an administrator did for an owner. */
export interface AuditEntry {
  readonly actor: string;
  readonly owner: string;
  /** Such as `package.delete`. */
  readonly action: string;
  /** The package or load that it was done to. */
  readonly subject: string;
}

export interface LoadFailure {
  /** A readable sentence. */
  readonly error: string;
  /** For programs: `unreachable`, `invalid_descriptor`, `invalid_data`, … */
  readonly code: string;
  /** The first 10,000 are kept, the first 100 of them in the load itself. */
  readonly problems?: readonly LoadProblem[];
  /** How many problems there are. */
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
  /** `createLoad` and the answer to it in one transaction: a request that is sent again finds both or neither. */
  createLoadOnce(load: NewLoad, once: Once): Promise<LoadOnce>;
  findLoad(id: string): Promise<Load | undefined>;
  /** Those of these loads that there are. */
  findLoads(ids: readonly string[]): Promise<Load[]>;
  /**
   * Ends a load that has not ended: status `fail`, code `cancelled`. Its worker's next write throws
   * StaleAttemptError. Answers the load as it is now; undefined when there is none.
   */
  cancelLoad(id: string, reason: string): Promise<Load | undefined>;
  /** The full error report of a load, in its order. */
  loadProblems(id: string): AsyncIterable<LoadProblem>;
  /** Every load of a package, newest first. */
  loadsOfPackage(packageId: string, page: Page): Promise<Paged<Load>>;
  newestLoad(address: string): Promise<Load | undefined>;
  /** Queued loads without a job, or whose job is older than `reenqueueAfterSeconds`; oldest first. */
  loadsToEnqueue(options?: {
    readonly limit?: number;
    readonly reenqueueAfterSeconds?: number;
  }): Promise<Load[]>;
  markEnqueued(loadId: string): Promise<void>;
  /** Ends attempts whose heartbeat has stopped: back to the queue, or failed after the third. */
  reapLostLoads(options?: { readonly lostAfterSeconds?: number }): Promise<LostLoads>;

  /** Ids of packages of which a load has ended, or which were deleted, within that time. */
  packagesToSweep(withinSeconds: number): Promise<string[]>;
  /** How many loads wait for a worker, for how long the oldest of them has, and how many workers are at. */
  waitingLoads(): Promise<{
    readonly count: number;
    readonly oldestSeconds: number;
    readonly atWork: number;
  }>;

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
  /** Whether an earlier load of the same package, as far as it is known, has not ended. */
  mustWait(loadId: string): Promise<boolean>;
  /** Gives an attempt up without fault of the load, which goes back to the queue: enqueue it then. */
  release(attempt: LoadAttempt): Promise<void>;
  /**
   * Takes an attempt back that has not claimed its package and has written nothing: it does not count, and
   * the job that began it begins it again.
   */
  postpone(attempt: LoadAttempt): Promise<void>;
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

  /** Everything that one person owns, the newest change first. */
  packagesOf(owner: string, page: Page): Promise<Paged<RegisteredPackage>>;
  /** Stores what a viewer shows first; a re-load keeps it. Undefined when there is no such package. */
  setDefaultParams(id: string, params: JsonObject): Promise<RegisteredPackage | undefined>;
  /**
   * Removes a package and cancels its loads that have not ended, those that wait for its address
   * included. Its files are swept, its loads stay as history. False when there is none.
   */
  deletePackage(id: string): Promise<boolean>;
  search(query: PackageSearch): Promise<FoundPackages>;
  /** Makes packages findable that were published by an earlier release. Answers how many. */
  indexPackages(): Promise<number>;
  stats(): Promise<PackageStats>;

  // Community safety and notices
  /** `known`: this author's Idempotency-Key had made that comment before. */
  createComment(
    comment: NewComment,
  ): Promise<
    { readonly kind: 'made' | 'known'; readonly comment: PackageComment } | { readonly kind: 'no package' }
  >;
  /** Oldest first. `all`: the hidden ones too; otherwise of those the viewer's own alone. */
  comments(
    packageId: string,
    shown: { readonly viewer?: string | undefined; readonly all?: boolean },
    page: Page,
  ): Promise<Paged<PackageComment>>;
  findComment(id: string): Promise<PackageComment | undefined>;
  changeComment(
    id: string,
    change: { readonly text: string; readonly editor: string },
  ): Promise<PackageComment | undefined>;
  removeComment(id: string): Promise<boolean>;
  /** Hides and shows what auth's moderation feed says, and keeps its list of words. */
  applyModeration(state: ModerationState): Promise<void>;
  /** The list of words as a conductor last read it. */
  wordList(): Promise<WordList>;
  /** Oldest first; each is read again until it is forgotten. */
  noticesToSend(limit?: number): Promise<Notice[]>;
  forgetNotice(id: string): Promise<void>;

  // Hooks: a call to a program outside, made by a worker while a conductor waits for it
  createHookRun(run: NewHookRun): Promise<HookRun>;
  findHookRun(id: string): Promise<HookRun | undefined>;
  /** Begins a queued run; undefined when it was begun or given up before, so that it is called once. */
  startHookRun(id: string): Promise<HookRun | undefined>;
  /** Ends a run that has not ended; the first outcome stays. */
  finishHookRun(id: string, outcome: HookOutcome): Promise<HookRun | undefined>;

  // Quotas
  /**
   * Reserves room for files that one owner is about to upload. `storedBytes` tells what is in the store
   * already, by key. Nothing is reserved, and the bytes that would be used are answered, when all of
   * them would be more than `maxBytes`.
   */
  reserveUploads(request: {
    readonly owner: string;
    readonly files: readonly AnnouncedBytes[];
    readonly maxBytes: number;
    readonly lifeSeconds: number;
    readonly storedBytes: () => Promise<ReadonlyMap<string, number>>;
  }): Promise<{ readonly reserved: boolean; readonly bytes: number }>;

  /** Writes down what was done for somebody else. */
  recordAudit(entry: AuditEntry): Promise<void>;
  /** Forgets receipts and hook runs of more than a day ago, and announcements that have expired. */
  forgetExpired(): Promise<void>;

  /** Resolves when the database answers. */
  check(): Promise<void>;
  close(): Promise<void>;
}
