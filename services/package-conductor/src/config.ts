import { filesRules, filesVariables } from '@flyloft/object-store';
import { fetchVariables, originsVariable } from '@flyloft/safe-fetch';
import {
  authVariables,
  commonConfiguration,
  moderationVariables,
  portSchema,
  rateLimitsSchema,
  withRules,
} from '@flyloft/service-kit';
import { z } from 'zod';
import { apiKeysSchema } from './http/api-keys.ts';

const DEFAULT_PORT = 4004;
const ADMIN_PORT_OFFSET = 100;
const FIVE_GIBIBYTES = 5 * 1024 ** 3;
const HUNDRED_GIBIBYTES = 100 * 1024 ** 3;
const MIN_KEY_LENGTH = 32;

const variables = commonConfiguration.extend({
  PORT: portSchema.default(DEFAULT_PORT).describe('Port of the public endpoints'),
  ADMIN_PORT: portSchema.optional().describe('Port of the metrics; default PORT + 100'),
  DATABASE_URL: z.string().min(1).describe('PostgreSQL with the schemas registry and queue, migrated'),
  REDIS_URL: z.string().optional().describe('Redis for the queue instead of PostgreSQL'),
  ...authVariables,
  ...moderationVariables,
  RATE_LIMIT_COMMENTS: rateLimitsSchema
    .default(rateLimitsSchema.parse('10/minute'))
    .describe('Comments that one person may write, at each replica'),
  EXTERNAL_ADDRESS: z
    .url({ protocol: /^https?$/ })
    .refine(
      (text) => new URL(text).origin === text,
      'must be a bare origin, such as https://data.example.org',
    )
    .describe('The public origin; files are served under it'),
  ...filesVariables,
  FILES_SIGNING_KEY: z
    .string()
    .min(MIN_KEY_LENGTH)
    .optional()
    .describe('Secret that signs upload addresses, the same for all replicas; not needed on S3'),
  FILES_PUBLIC_READ: z
    .stringbool()
    .default(false)
    .describe('Lets anyone read every uploaded file, as the original platform did'),
  ...fetchVariables,
  MAX_FILE_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(FIVE_GIBIBYTES)
    .describe('Largest file that an upload address is signed for'),
  MAX_OWNER_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(HUNDRED_GIBIBYTES)
    .describe('All uploaded files of one owner together'),
  OS_CLIENT_API_KEYS: apiKeysSchema.describe(
    'key:userid,… : a request to /datastore or /package with the header API-Key counts as that user',
  ),
  HOOK_ALLOWED_ORIGINS: originsVariable.describe(
    'Origins that /package/run-hooks may have called, comma-separated; none unless set',
  ),
});

const onDisk = (given: Readonly<Record<string, unknown>>) => given.S3_ENDPOINT === undefined;

/** Every environment variable of package-conductor. */
export const configuration = withRules(variables, {
  ...filesRules,
  FILES_FOLDER: onDisk,
  FILES_SIGNING_KEY: onDisk,
});

export type Configuration = z.output<typeof configuration>;

export function adminPortOf({ PORT, ADMIN_PORT }: Configuration): number {
  return ADMIN_PORT ?? PORT + ADMIN_PORT_OFFSET;
}
