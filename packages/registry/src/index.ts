export type { PackageComment } from './community/comment.ts';
export type { Notice } from './community/notice.ts';
export { StaleAttemptError } from './errors.ts';
export type { HookOutcome, HookRun } from './hooks/hook-run.ts';
export {
  isCancelled,
  type Load,
  type LoadAttempt,
  MAX_ATTEMPTS,
} from './loads/load.ts';
export { cubeFilesPrefix } from './packages/package-id.ts';
export type {
  Cube,
  CubeColumn,
  FoundCube,
  JsonObject,
  Publication,
  RegisteredPackage,
} from './packages/published-package.ts';
export type { FilterValue, PackageSearch, SearchFilter } from './packages/search.ts';
export { createRegistry } from './postgres/create-registry.ts';
export type { LoadFailure, LoadProgress, NewLoad, Registry } from './registry.ts';
