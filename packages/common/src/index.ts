export { normaliseAddress } from './addresses/normalise-address.ts';
export { LOADS_QUEUE, type LoadJob, loadJobId, loadJobSchema } from './jobs.ts';
export { isFinalStatus, LOAD_STATUSES, type LoadStatus, mayFollow } from './load-status.ts';
export {
  type AuthenticateOptions,
  authenticate,
  claimsOf,
  type TokenPlace,
} from './middleware/authenticate.ts';
export { type PermissionRequirement, requirePermission } from './middleware/require-permission.ts';
export { PERMISSIONS, type Permission, SERVICE_ALIASES, type ServiceAlias } from './permissions.ts';
export {
  PROBLEMS,
  type ProblemCode,
  type ProblemDetail,
  ProblemError,
  type ProblemOptions,
  problem,
} from './problem.ts';
export {
  type ServiceTokenClaims,
  serviceTokenClaimsSchema,
  TOKEN_TYPES,
  type UserTokenClaims,
  userTokenClaimsSchema,
} from './tokens/claims.ts';
export {
  createTokenVerifier,
  type KeySource,
  type TokenVerifier,
  type TokenVerifierOptions,
} from './tokens/token-verifier.ts';
