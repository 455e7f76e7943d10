import { type FollowedRevocations, followRevocations, type KeySource } from '@flyloft/common';
import type { Logger } from 'pino';
import { Gauge } from 'prom-client';
import { z } from 'zod';
import type { HealthCheck } from './http/health.ts';
import type { ServiceMetrics } from './metrics.ts';

const OFF = 'off';

/** Variables of every service that checks auth's tokens. */
export const authVariables = {
  AUTH_ISSUER: z.url().describe("Exactly auth's EXTERNAL_ADDRESS: the issuer of its tokens"),
  AUTH_JWKS_URL: z.url().describe('Where auth publishes its keys, …/.well-known/jwks.json'),
  AUTH_REVOCATIONS_URL: z
    .union([z.url(), z.literal(OFF)])
    .optional()
    .describe(
      'Where auth tells what it revoked; default /auth/revocations beside AUTH_JWKS_URL; "off" where there is no such feed',
    ),
  AUTH_REVOCATIONS_SECONDS: z.coerce
    .number()
    .min(0.1)
    .max(40)
    .default(15)
    .describe('How often that is read, in seconds; what is revoked is refused a little later'),
};

interface AuthConfiguration {
  readonly AUTH_ISSUER: string;
  readonly AUTH_JWKS_URL: string;
  readonly AUTH_REVOCATIONS_URL?: string | undefined;
  readonly AUTH_REVOCATIONS_SECONDS: number;
}

/** What a service knows of auth: spread it into the options of `createTokenVerifier`. */
export interface AuthConnection {
  readonly verification: {
    readonly issuer: string;
    readonly keys: KeySource;
    readonly revocations?: FollowedRevocations;
  };
  readonly healthChecks: readonly HealthCheck[];
}

/** Begins to follow auth's revocation feed; `/readyz` and a gauge say how old what is known is. */
export function connectToAuth(
  config: AuthConfiguration,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: ServiceMetrics },
): AuthConnection {
  const jwksUrl = new URL(config.AUTH_JWKS_URL);
  const source = { issuer: config.AUTH_ISSUER, keys: { kind: 'remote', jwksUrl } } as const;
  if (config.AUTH_REVOCATIONS_URL === OFF) return { verification: source, healthChecks: [] };
  const revocations = followRevocations({
    url: new URL(config.AUTH_REVOCATIONS_URL ?? new URL('/auth/revocations', jwksUrl)),
    intervalSeconds: config.AUTH_REVOCATIONS_SECONDS,
    onError: (err) => logger.warn({ err }, 'the revocation feed cannot be read; going on with what is known'),
  });
  new Gauge({
    name: 'auth_revocations_age_seconds',
    help: "Time since auth's revocation feed was last read; +Inf before the first time",
    registers: [metrics.registry],
    collect() {
      this.set(revocations.ageSeconds());
    },
  });
  return {
    verification: { ...source, revocations },
    healthChecks: [{ name: 'revocations', check: revocations.check, optional: true }],
  };
}
