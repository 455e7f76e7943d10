import { createPublicKey } from 'node:crypto';
import { trustedIssuersSchema } from '@flyloft/common';
import { commonConfiguration, portSchema, rateLimitsSchema } from '@flyloft/service-kit';
import { z } from 'zod';
import { installedApps } from './apps/installed-apps.ts';
import { communityVariables } from './community-configuration.ts';
import { hydraVariables, refuseHalfHydra } from './hydra-configuration.ts';
import { isSampleSecret } from './keys/sample-keys.ts';
import { readPrivateKey, readPublicKey } from './keys/signing-key.ts';
import { kratosVariables, refuseHalfKratos } from './kratos-configuration.ts';
import { bareOrigin, parsed } from './parsed.ts';
import { allowedServicesSchema, listSchema } from './permissions/services.ts';
import { signInVariables } from './sign-in-configuration.ts';

const DEFAULT_PORT = 4001;
const ADMIN_PORT_OFFSET = 100;
const MIN_SECRET_LENGTH = 32;
// Base64 of 32 random bytes has some thirty different letters; `change-me-change-me-…` has seven.
const MIN_DIFFERENT_CHARACTERS = 10;

function secret(text: string): string {
  if (text.length < MIN_SECRET_LENGTH || new Set(text).size < MIN_DIFFERENT_CHARACTERS) {
    throw new Error(`must be at least ${MIN_SECRET_LENGTH} random characters (openssl rand -base64 32)`);
  }
  return text;
}

/** What the service and its commands both need. */
const coreVariables = {
  DATABASE_URL: z.string().min(1).describe('PostgreSQL with the schema auth, migrated'),
  EXTERNAL_ADDRESS: parsed(bareOrigin).describe('The public origin; issuer of all tokens'),
  KEY_ENCRYPTION_KEY: parsed(secret).describe('Secret that encrypts the signing keys in the database'),
  ALLOWED_SERVICES: allowedServicesSchema
    .default([])
    .describe(
      'Further services that tokens are made out to: alias;alias:module; a module exports getPermissions(service, user)',
    ),
};

export const configuration = commonConfiguration
  .extend({
    ...coreVariables,
    PORT: portSchema.default(DEFAULT_PORT).describe('Port of the public endpoints'),
    ADMIN_PORT: portSchema.optional().describe('Port of the metrics; default PORT + 100'),
    PRIVATE_KEY: parsed(readPrivateKey)
      .optional()
      .describe('RSA key in PEM, imported as the first signing key; made at random when absent'),
    PUBLIC_KEY: parsed(readPublicKey)
      .optional()
      .describe('Public half of PRIVATE_KEY in PEM; checked against it when given'),
    INSTALLED_EXTENSIONS: listSchema
      .default([])
      .describe('Modules that are told of people and sign-ins, separated by ";" (docs/permissions.md)'),
    INSTALLED_APPS: parsed(installedApps)
      .default([])
      .describe(
        'Own applications that are registered at the start: slug|name|redirect URI;… (docs/single-sign-on.md)',
      ),
    TRUSTED_ISSUERS: trustedIssuersSchema
      .default([])
      .describe(
        'Other issuers whose tokens sign people in: issuer|audience|address of its JWKS, separated by ";"',
      ),
    DATABASE_CONNECTIONS: z.coerce
      .number()
      .int()
      .min(2)
      .max(500)
      .default(20)
      .describe(
        'Most connections to DATABASE_URL at a time; notices take up to 4 more where there is no REDIS_URL',
      ),
    REDIS_URL: z
      .string()
      .optional()
      .describe(
        "Redis where replicas count together against the limits and the other services' notices come; without it both are in DATABASE_URL",
      ),
    RATE_LIMIT_TOKENS: rateLimitsSchema
      .default(rateLimitsSchema.parse('60/minute'))
      .describe('Service tokens that one session or personal access token may ask for'),
    RATE_LIMIT_WRONG_TOKENS: rateLimitsSchema
      .default(rateLimitsSchema.parse('20/minute'))
      .describe('Wrong personal access tokens from one address'),
    SERVICE_TOKEN_TTL: z.coerce
      .number()
      .int()
      .min(60)
      .max(86_400)
      .default(3_600)
      .describe('Life of a service token in seconds'),
    ...signInVariables,
    ...communityVariables,
    ...hydraVariables,
    ...kratosVariables,
  })
  .superRefine(refuseHalfHydra)
  .superRefine(refuseHalfKratos)
  .superRefine(({ KEY_ENCRYPTION_KEY, EXTERNAL_ADDRESS }, context) => {
    if (!isSampleSecret(KEY_ENCRYPTION_KEY, EXTERNAL_ADDRESS)) return;
    const message = 'is the sample of docker-compose.yml; make one of your own (openssl rand -base64 32)';
    context.addIssue({ code: 'custom', path: ['KEY_ENCRYPTION_KEY'], message });
  })
  .superRefine(({ PRIVATE_KEY, PUBLIC_KEY }, context) => {
    if (PUBLIC_KEY === undefined) return;
    if (PRIVATE_KEY === undefined || !createPublicKey(PRIVATE_KEY).equals(PUBLIC_KEY)) {
      context.addIssue({
        code: 'custom',
        path: ['PUBLIC_KEY'],
        message: 'is not the public half of PRIVATE_KEY',
      });
    }
  });

export type Configuration = z.output<typeof configuration>;

/** Of the command `auth`. */
export const databaseConfiguration = z.object({ DATABASE_URL: coreVariables.DATABASE_URL });

/** Of `auth user create` and `recover`, which print links. */
export const linksConfiguration = z.object({ EXTERNAL_ADDRESS: coreVariables.EXTERNAL_ADDRESS });

/** Of `auth service`. */
export const servicesConfiguration = z.object({ ALLOWED_SERVICES: coreVariables.ALLOWED_SERVICES });

/** Of `auth report`. */
export const reportsConfiguration = z.object({ REPORTS_TO_HIDE: communityVariables.REPORTS_TO_HIDE });

/** Of `auth user create` and `recover` where they mail links. */
export const mailConfiguration = z.object({
  SMTP_URL: signInVariables.SMTP_URL,
  KEY_ENCRYPTION_KEY: coreVariables.KEY_ENCRYPTION_KEY,
});

/** Of `auth keys`. */
export const keysConfiguration = databaseConfiguration.extend({
  KEY_ENCRYPTION_KEY: parsed(secret).describe('The same as the service has'),
});

/** Of the command `create-administrator`. */
export const administratorConfiguration = z.object({
  DATABASE_URL: coreVariables.DATABASE_URL,
  EXTERNAL_ADDRESS: coreVariables.EXTERNAL_ADDRESS,
  ADMINISTRATOR_EMAIL: z
    .string()
    .trim()
    .pipe(z.email({ pattern: z.regexes.html5Email }))
    .default('admin@localhost')
    .describe('E-mail address of the first administrator'),
});

export function adminPortOf({ PORT, ADMIN_PORT }: Configuration): number {
  // 0 asks the system for any free port, and then for both
  return ADMIN_PORT ?? (PORT === 0 ? 0 : PORT + ADMIN_PORT_OFFSET);
}
