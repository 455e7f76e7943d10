import type { LoadStatus } from '@flyloft/common';

export type JsonObject = { readonly [key: string]: unknown };

export interface CubeColumn {
  /** The column's name in the Parquet file. */
  readonly name: string;
  /** The name of the descriptor's field that it holds. */
  readonly field: string;
  /** Its SQL type in the Parquet file, such as `DECIMAL(18,2)`. */
  readonly type: string;
}

/** One queryable table of a package: a Parquet file in the object store. */
export interface Cube {
  /** `<package id>` for the main one, `<package id>:<resource>` for others. */
  readonly id: string;
  readonly resource: string;
  /** Key of the Parquet file in the object store. */
  readonly file: string;
  readonly rows: number;
  readonly columns: readonly CubeColumn[];
  /** The babbage model of this cube. */
  readonly model: JsonObject;
}

/** A package of the registry, as the platform uses it. */
export interface RegisteredPackage {
  /** `<owner>:<name>`. */
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  /** The descriptor, with `owner`, `private` and the obfuscated `author` set. */
  readonly descriptor: JsonObject;
  /** The babbage model of the main cube; undefined before the first load is done. */
  readonly model: JsonObject | undefined;
  readonly originUrl: string;
  /** The author's name alone. */
  readonly author: string | undefined;
  readonly private: boolean;
  /** Moderators, or enough reports, have it shown to nobody but its owner. */
  readonly hidden: boolean;
  /** True once a load was published, and from then on: a failed re-load leaves the old data. */
  readonly loaded: boolean;
  readonly loadingStatus: LoadStatus;
  readonly loadingError: string | undefined;
  readonly lastUpdate: Date;
  /** The load whose files are served. */
  readonly currentLoadId: string | undefined;
  readonly cubes: readonly Cube[];
  /** Hash of everything the current load was made from; the same hash need not be loaded again. */
  readonly contentHash: string | undefined;
  /** Rises with every published load. */
  readonly version: number;
}

/** What a finished load publishes, in one transaction. */
export interface Publication {
  readonly packageId: string;
  /** The descriptor as it was read; the registry sets `owner`, `private` and `author`. */
  readonly descriptor: JsonObject;
  /** The babbage model of the main cube. */
  readonly model: JsonObject;
  /** The main cube first. */
  readonly cubes: readonly Cube[];
  readonly contentHash?: string;
  readonly rows: number;
  readonly warnings?: readonly string[];
}

/** A cube together with the package it belongs to. */
export interface FoundCube {
  readonly cube: Cube;
  readonly package: RegisteredPackage;
}
