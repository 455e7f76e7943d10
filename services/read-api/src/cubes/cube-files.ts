import type { ObjectStore } from '@flyloft/object-store';

/** A cube's file is not there (any more): its package was loaded again or deleted in the meantime. */
export class CubeFileGoneError extends Error {
  constructor(cause: unknown) {
    super('The file of a cube is not there', { cause });
    this.name = 'CubeFileGoneError';
  }
}

/** Brings cubes' files to where the engine can read them. */
export interface CubeFiles {
  /** The absolute path that the file of this key has while it is held, inside a folder that the engine may read. */
  pathOf(key: string): string;
  /**
   * Holds the files at their paths for as long as `work` takes.
   * @throws {CubeFileGoneError}; {ProblemError} 503 when one cannot be brought here now.
   */
  holding<T>(keys: readonly string[], work: () => Promise<T>): Promise<T>;
  /** The file as the store has it, for whoever wants it whole. @throws {ObjectNotFoundError} */
  readonly read: ObjectStore['read'];
}
