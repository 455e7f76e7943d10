export { StaleAttemptError } from './errors.ts';
export {
  HEARTBEAT_SECONDS,
  LOST_AFTER_SECONDS,
  type Load,
  type LoadAttempt,
  type LoadPhase,
  type LoadProblem,
  MAX_ATTEMPTS,
} from './loads/load.ts';
export { cubeFilesPrefix, parsePackageId } from './packages/package-id.ts';
export type {
  Cube,
  CubeColumn,
  FoundCube,
  JsonObject,
  Publication,
  RegisteredPackage,
} from './packages/published-package.ts';
export type { RegistryOptions } from './postgres/client.ts';
export { createRegistry } from './postgres/create-registry.ts';
export type { LoadFailure, LoadProgress, LostLoads, NewLoad, Registry } from './registry.ts';
