export { type AuthConnection, authVariables, connectToAuth } from './auth-connection.ts';
export {
  ConfigurationError,
  type ConfigurationVariable,
  commonConfiguration,
  configurationVariables,
  loadConfiguration,
  portSchema,
  withRules,
} from './configuration.ts';
export { limitHeapGrowth } from './heap-growth.ts';
export { type AttemptLimit, limitAttempts } from './http/attempt-limit.ts';
export { byteRangeOf } from './http/byte-range.ts';
export { clientNetwork } from './http/client-network.ts';
export { type AppOptions, createServiceApp } from './http/create-app.ts';
export { isDependencyDown } from './http/dependency-down.ts';
export type { AnswerDescription, Endpoint, HttpMethod } from './http/endpoint.ts';
export { type ErrorForm, type ErrorRenderer, errorRenderer, renderProblem } from './http/errors.ts';
export type { HealthCheck } from './http/health.ts';
export {
  checkSameRequest,
  idempotencyHeaders,
  idempotencyKeyOf,
  inFlight,
  markReplayed,
  sha256,
} from './http/idempotency.ts';
export type { ServiceDescription } from './http/openapi.ts';
export {
  createPostgresCounters,
  createRedisCounters,
  openRateCounters,
  type RateCounters,
  type RateLimit,
} from './http/rate-counters.ts';
export { type EventLimit, limitEvents, limitRate, rateLimitsSchema } from './http/rate-limit.ts';
export { readOffRest } from './http/read-off.ts';
export { requestIdOf } from './http/request-id.ts';
export { validate } from './http/validate.ts';
export { createLogger } from './logger.ts';
export { createMetrics, type ServiceMetrics } from './metrics.ts';
export { connectToModeration, moderationVariables } from './moderation-connection.ts';
export { packageVersion } from './package-version.ts';
export { parseOptions, runCommand, UsageError } from './run-command.ts';
export { type RunOptions, runService, type StopPhase } from './run-service.ts';
export { start } from './start.ts';
