export { normaliseAddress } from './addresses/normalise-address.ts';
export {
  HOOKS_QUEUE,
  type HookJob,
  hookJobId,
  hookJobSchema,
  LOADS_QUEUE,
  type LoadJob,
  loadJobId,
  loadJobSchema,
  NOTICES_QUEUE,
  type NoticeJob,
  noticeJobId,
  noticeJobSchema,
  TRANSFORMS_QUEUE,
  type TransformJob,
  transformJobId,
  transformJobSchema,
} from './jobs.ts';
export type { LoadProblem } from './load-problem.ts';
export type { LoadReport } from './load-report.ts';
export { isFinalStatus, LOAD_STATUSES, type LoadStatus, mayFollow } from './load-status.ts';
export {
  type AuthenticateOptions,
  authenticate,
  claimsOf,
} from './middleware/authenticate.ts';
export { checkedHolder, checkHolder } from './middleware/check-holder.ts';
export { findToken, type TokenPlace } from './middleware/find-token.ts';
export {
  hasPermission,
  type PermissionRequirement,
  permissionCheck,
  type Requirement,
  requirePermission,
} from './middleware/require-permission.ts';
export {
  type FollowedModeration,
  followModeration,
  type Moderation,
  NO_MODERATION,
} from './moderation/follow-moderation.ts';
export {
  type HiddenTarget,
  hiddenSubject,
  type ModerationState,
  moderationStateSchema,
  TARGET_KINDS,
  type TargetKind,
} from './moderation/moderation-state.ts';
export { type Permission, SERVICE_ALIASES, type ServiceAlias } from './permissions.ts';
export {
  PROBLEMS,
  type ProblemCode,
  type ProblemDetail,
  ProblemError,
  type ProblemOptions,
  problem,
} from './problem.ts';
export {
  type FollowedRevocations,
  followRevocations,
  type Revocations,
} from './revocations/follow-revocations.ts';
export { type Revocation, type RevocationPage, revocationPageSchema } from './revocations/revocation-page.ts';
export { endWhenSilent } from './silent-connection.ts';
export { tap } from './tap.ts';
export {
  type ServiceTokenClaims,
  TOKEN_TYPES,
  type UserTokenClaims,
} from './tokens/claims.ts';
export type { KeySource } from './tokens/key-source.ts';
export {
  createOutsideTokens,
  type OutsideClaims,
  type OutsideTokens,
  type TrustedIssuer,
  trustedIssuersSchema,
} from './tokens/outside-tokens.ts';
export {
  createTokenVerifier,
  createUserTokenVerifier,
  type TokenVerifier,
  type UserTokenVerifier,
} from './tokens/token-verifier.ts';
export { unauthorized } from './tokens/unauthorized.ts';
export { descriptorTexts } from './words/descriptor-texts.ts';
export { findPhrases, phraseKey, type WordList } from './words/find-phrases.ts';
export { refuseWords } from './words/refuse-words.ts';
export { foldPhrase } from './words/words-of.ts';
