import { filesRules, filesVariables } from '@flyloft/object-store';
import { fetchVariables, originsVariable } from '@flyloft/safe-fetch';
import { commonConfiguration, portSchema, withRules } from '@flyloft/service-kit';
import { z } from 'zod';

const variables = commonConfiguration.extend({
  ADMIN_PORT: portSchema.default(4105).describe('Port of metrics and health; it has no other'),
  DATABASE_URL: z
    .string()
    .describe('PostgreSQL with the registry, and with the queue unless REDIS_URL is set'),
  REDIS_URL: z.string().optional().describe('Redis with the queues'),
  MONGO_URL: z.string().optional().describe('MongoDB with the data sets, for transforms'),
  DATA_SETS_DATABASE_URL: z
    .string()
    .optional()
    .describe(
      'PostgreSQL with the data sets, as the role that write-api has, unless MONGO_URL is set; default DATABASE_URL',
    ),
  TRANSFORM_CONCURRENCY: z.coerce
    .number()
    .int()
    .positive()
    .max(64)
    .default(2)
    .describe('Transforms at a time'),
  EXTERNAL_ADDRESS: z
    .url()
    .describe("Exactly the conductor's EXTERNAL_ADDRESS: tells which addresses are our own files"),
  ...filesVariables,
  WORK_FOLDER: z.string().describe('Folder for the files of loads at work; what is left there is removed'),
  LOAD_CONCURRENCY: z.coerce.number().int().positive().max(64).default(2).describe('Loads at a time'),
  LOAD_RETRY_SECONDS: z.coerce
    .number()
    .min(0)
    .max(300)
    .default(2)
    .describe(
      'Wait before a load is tried again after a fault of the platform; the second time twice as long',
    ),
  DUCKDB_MEMORY_MB: z.coerce
    .number()
    .int()
    .positive()
    .default(200)
    .describe('Memory for reading tables, shared by all loads'),
  DUCKDB_THREADS: z.coerce.number().int().positive().default(2).describe('Threads for reading tables'),
  MAX_TABLE_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(20 * 1024 ** 3)
    .describe('Largest table, decompressed'),
  ...fetchVariables,
  HOOK_ALLOWED_ORIGINS: originsVariable.describe(
    "The conductor's HOOK_ALLOWED_ORIGINS: who may be called for /package/run-hooks, comma-separated",
  ),
  FETCH_MAX_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(5 * 1024 ** 3)
    .describe('Largest file that is fetched from an outside address'),
  FETCH_TIMEOUT_SECONDS: z.coerce
    .number()
    .positive()
    .max(86_400)
    .default(1_800)
    .describe('Longest time for fetching one file, tries included'),
  MAX_TABLE_ROWS: z.coerce.number().int().positive().default(1_000_000_000).describe('Most rows of a table'),
  FILES_GRACE_SECONDS: z.coerce
    .number()
    .min(0)
    .default(600)
    .describe('How long the files of a replaced load stay for readers that have them open'),
});

/** Every environment variable of package-worker. */
export const configuration = withRules(variables, {
  ...filesRules,
  FILES_FOLDER: (given) => given.S3_ENDPOINT === undefined,
});
