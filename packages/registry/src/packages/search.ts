import type { RegisteredPackage } from './published-package.ts';

/** A value of a filter, as JSON has it. */
export type FilterValue = string | number | boolean;

/** One dotted path of the registry document, such as `package.owner`; its values are alternatives. */
export interface SearchFilter {
  readonly path: string;
  readonly values: readonly FilterValue[];
}

export interface PackageSearch {
  /** Words of which any may match. */
  readonly text?: string;
  /** All of them must match. */
  readonly filters: readonly SearchFilter[];
  /** Who asks: sees their own private and unloaded packages besides what is public. */
  readonly viewer?: string;
  readonly from: number;
  readonly size: number;
}

export interface FoundPackages {
  readonly packages: readonly RegisteredPackage[];
  /** How many match in all. */
  readonly total: number;
}
