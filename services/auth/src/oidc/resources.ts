import { errors, type ResourceServer } from 'oidc-provider';

const PREFIX = 'urn:flyloft:';

/** Scopes of every service. */
const SERVICE_SCOPES = 'read write';

export const TOKEN_SECONDS = 600;

/**
 * The service that a resource indicator (RFC 8707) names: `urn:flyloft:<alias>`. Its tokens are JWTs
 * (RFC 9068) whose audience is the alias.
 */
export function resourceServer(indicator: string, services: ReadonlySet<string>): ResourceServer {
  const alias = indicator.startsWith(PREFIX) ? indicator.slice(PREFIX.length) : undefined;
  if (alias === undefined || !services.has(alias)) {
    throw new errors.InvalidTarget(`there is no such resource: ${PREFIX}<service> names one`);
  }
  return {
    ...{ scope: SERVICE_SCOPES, audience: alias, accessTokenTTL: TOKEN_SECONDS },
    ...{ accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } },
  };
}
