/** Brings cubes' files to where the engine can read them. */
export interface CubeFiles {
  /** The absolute path that the file of this key has while it is held, inside a folder that the engine may read. */
  pathOf(key: string): string;
  /**
   * Holds the file at its path for as long as `work` takes.
   * @throws {ProblemError} 503 when it cannot be brought here now.
   */
  holding<T>(key: string, work: () => Promise<T>): Promise<T>;
}
