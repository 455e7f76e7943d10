import { z } from 'zod';

/** The `typ` header of each token kind; they are mutually exclusive (RFC 8725 3.11, auth.md A1). */
export const TOKEN_TYPES = { user: 'user+jwt', service: 'service+jwt' } as const;

/** Claims of a service token, the answer of `/auth/authorize` (auth.md A1, A7.3). Times are epoch seconds. */
export const serviceTokenClaimsSchema = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  iat: z.number(),
  jti: z.string(),
  /** The session that the token came from, or `pat:<id>`: what revocation names. */
  sid: z.string(),
  /** The person's idhash: names folders, packages and owners on the wire. */
  userid: z.string(),
  permissions: z.record(z.string(), z.unknown()),
  service: z.string(),
});

export type ServiceTokenClaims = z.infer<typeof serviceTokenClaimsSchema>;

/** Claims of a user token: proves who, audience is auth itself. */
export const userTokenClaimsSchema = z.looseObject({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  iat: z.number(),
  jti: z.string(),
  sid: z.string(),
  userid: z.string(),
});

export type UserTokenClaims = z.infer<typeof userTokenClaimsSchema>;
