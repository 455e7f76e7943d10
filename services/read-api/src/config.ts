import { filesRules, filesVariables } from '@flyloft/object-store';
import {
  authVariables,
  commonConfiguration,
  portSchema,
  rateLimitsSchema,
  withRules,
} from '@flyloft/service-kit';
import { z } from 'zod';

const SIXTEEN_MEBIBYTES = 16 * 1024 ** 2;
const SIXTY_FOUR_MEBIBYTES = 64 * 1024 ** 2;
const TWO_GIBIBYTES = 2 * 1024 ** 3;
const TEN_GIBIBYTES = 10 * 1024 ** 3;

const variables = commonConfiguration.extend({
  PORT: portSchema.default(4003).describe('Public port'),
  ADMIN_PORT: portSchema.optional().describe('Port of metrics and health; default PORT + 100'),
  ...authVariables,
  DATABASE_URL: z
    .string()
    .optional()
    .describe('PostgreSQL with the registry of cubes, and with the data sets unless MONGO_URL is set'),
  MONGO_URL: z.string().optional().describe('MongoDB with the data sets'),
  ...filesVariables,
  FILES_FOLDER: filesVariables.FILES_FOLDER.describe(
    'Folder of the object store on disk, with the files of cubes; without it and S3_ENDPOINT there are no cubes',
  ),
  CACHE_FOLDER: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of this process alone for copies of the files of cubes (needed with S3_ENDPOINT) and for what queries set aside beyond DUCKDB_MEMORY_MB; without it such queries are refused',
    ),
  CACHE_MAX_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(TEN_GIBIBYTES)
    .describe('Most bytes of those copies; only files that queries have open may pass it'),
  DUCKDB_MEMORY_MB: z.coerce.number().int().positive().default(256).describe('Memory for cube queries'),
  DUCKDB_SPILL_MAX_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(TWO_GIBIBYTES)
    .describe('Most bytes that cube queries set aside in CACHE_FOLDER beyond DUCKDB_MEMORY_MB, together'),
  DUCKDB_THREADS: z.coerce.number().int().positive().default(2).describe('Threads for cube queries'),
  CUBE_ANSWERS_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(0)
    .default(SIXTY_FOUR_MEBIBYTES)
    .describe('Most bytes of answers about cubes that are kept in memory'),
  KEEP_ANSWERS_OVER_MS: z.coerce
    .number()
    .min(0)
    .default(20)
    .describe(
      'Period queries that take longer to compute are kept, period by period, and asked again cost little',
    ),
  DATA_ANSWERS_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(0)
    .default(SIXTEEN_MEBIBYTES)
    .describe(
      'Most bytes of kept answers about data sets that are held as text, to be sent again as they are',
    ),
  MAX_RAW_RECORDS: z.coerce
    .number()
    .int()
    .positive()
    .default(100_000)
    .describe('Most raw records in one answer, but for NDJSON'),
  MAX_PERIODS: z.coerce
    .number()
    .int()
    .positive()
    .default(100_000)
    .describe('Most periods one query may ask for'),
  RATE_LIMIT_READ: rateLimitsSchema
    .optional()
    .describe(
      'Questions of one client address to one data set, such as 100/minute;5/second; none by default',
    ),
  REDIS_URL: z
    .string()
    .optional()
    .describe('Redis in which all replicas count for RATE_LIMIT_READ together; none: each for itself'),
  QUERY_TIMEOUT_SECONDS: z.coerce.number().positive().default(10).describe('Longest time a query may take'),
});

/** Every environment variable of read-api. */
export const configuration = withRules(variables, {
  ...filesRules,
  CACHE_FOLDER: (given) => given.S3_ENDPOINT !== undefined,
});

export type Configuration = z.output<typeof configuration>;
