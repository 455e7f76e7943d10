export { StaleAttemptError } from './errors.ts';
export {
  HEARTBEAT_SECONDS,
  type Load,
  type LoadAttempt,
  type LoadProblem,
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
export { createRegistry } from './postgres/create-registry.ts';
export type { LoadFailure, LoadProgress, Registry } from './registry.ts';
