/** Brings a cube's file to where the engine can read it. */
export interface CubeFiles {
  /** The absolute path of the file of this key, inside a folder that the engine may read. */
  localPath(key: string): Promise<string>;
}
