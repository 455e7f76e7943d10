import {
  authVariables,
  commonConfiguration,
  moderationVariables,
  portSchema,
  rateLimitsSchema,
} from '@flyloft/service-kit';
import { z } from 'zod';

const THIRTY_MEBIBYTES = 30 * 1024 * 1024;
const FIVE_GIBIBYTES = 5 * 1024 ** 3;

/** Every environment variable of write-api. */
export const configuration = commonConfiguration.extend({
  PORT: portSchema.default(4002).describe('Public port'),
  ADMIN_PORT: portSchema.optional().describe('Port of metrics and health; default PORT + 100'),
  ...authVariables,
  ...moderationVariables,
  DATABASE_URL: z
    .string()
    .optional()
    .describe('PostgreSQL with the data sets, unless MONGO_URL is set; the role may create tables there'),
  MONGO_URL: z.string().optional().describe('MongoDB replica set with the data sets'),
  REDIS_URL: z
    .string()
    .optional()
    .describe(
      'Redis with the queues; without it they are in DATABASE_URL, without both there are no transforms',
    ),
  DATA_SETS_ADMIN_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe('A static token that may administer data sets, beside service tokens with admin'),
  MAX_JSON_BODY: z.coerce
    .number()
    .int()
    .positive()
    .default(THIRTY_MEBIBYTES)
    .describe('Most bytes of a JSON body'),
  MAX_FILE_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(FIVE_GIBIBYTES)
    .describe('Most bytes of a body that is read as a stream: NDJSON, CSV, Excel, a form with a file'),
  OIDC_ISSUER: z
    .url()
    .optional()
    .describe(
      'OpenID Connect provider of the people who upload on the pages /<data set>/upload; none: no pages',
    ),
  OIDC_CLIENT_ID: z.string().optional().describe('With OIDC_ISSUER: the name it knows write-api by'),
  OIDC_CLIENT_SECRET: z.string().optional().describe('None: a public client'),
  OIDC_SCOPE: z.string().default('openid profile email').describe('What the provider is asked for'),
  OIDC_UPLOAD_CLAIM: z
    .string()
    .default('permissions')
    .describe('Claim that says who may upload: a text of words, a list, or an object with true'),
  OIDC_UPLOAD_VALUE: z.string().default('write').describe('What that claim must hold'),
  EXTERNAL_ADDRESS: z
    .url()
    .optional()
    .describe('With OIDC_ISSUER: the public origin; the provider sends people back to its /_user/authorized'),
  SESSION_KEY: z
    .string()
    .min(32)
    .optional()
    .describe('With OIDC_ISSUER: seals the cookies of people, the same on every replica'),
  RATE_LIMIT_WRITE: rateLimitsSchema
    .optional()
    .describe(
      'Writes of one client address to one data set, such as 100/minute;5/second; none by default. With REDIS_URL all replicas count together',
    ),
});
