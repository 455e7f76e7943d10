import { z } from 'zod';
import { dialectSchema } from './dialect-schema.ts';
import { tableSchema } from './field-schema.ts';
import { fiscalModelSchema } from './fiscal-schema.ts';

const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'may hold lower-case letters, digits, ".", "_" and "-" only');

const HASH_DIGITS: Readonly<Record<string, number>> = { md5: 32, sha1: 40, sha256: 64, sha512: 128 };

/** `<algorithm>:<digest>`, or an MD5 digest alone. Other algorithms are kept and cannot be checked. */
function isPossibleHash(hash: string): boolean {
  const [algorithm, digest] = hash.includes(':') ? hash.split(':', 2) : ['md5', hash];
  const digits = HASH_DIGITS[algorithm?.toLowerCase() ?? ''];
  return digits === undefined || (digest?.length === digits && /^[0-9a-f]+$/i.test(digest));
}

const resourceSchema = z
  .looseObject({
    name: z.string().min(1).optional(),
    title: z.string().optional(),
    type: z.string().optional(),
    profile: z.string().optional(),
    /** Relative to the descriptor, or an address; several are the parts of one table. */
    path: z
      .union([z.string().min(1), z.array(z.string().min(1)).min(1)], 'must be a path, or a list of paths')
      .optional()
      .transform((path) => (typeof path === 'string' ? [path] : (path ?? []))),
    /** The rows themselves: a list of objects or of lists, or a text of the declared format. */
    data: z.union([z.array(z.unknown()), z.string()], 'must be a list of rows or a text').optional(),
    format: z.string().optional(),
    mediatype: z.string().optional(),
    encoding: z.string().optional(),
    compression: z.enum(['gz', 'gzip', 'no', ''], 'only "gz" is supported').optional(),
    bytes: z.number().int().min(0).optional(),
    hash: z
      .string()
      .refine(
        isPossibleHash,
        'must be a digest of MD5, or sha1:, sha256: or sha512: and a digest of its length',
      )
      .optional(),
    schema: z
      .union([tableSchema, z.string()], 'must be an object with "fields"')
      .refine(
        (schema) => typeof schema !== 'string',
        'a schema at another address is not supported: write it here',
      )
      .transform((schema) => (typeof schema === 'string' ? undefined : schema))
      .optional(),
    dialect: dialectSchema.optional(),
  })
  .refine(({ path, data }) => path.length > 0 || data !== undefined, {
    path: ['path'],
    message: 'a resource needs a path, or its data',
  });

/** A Data Package, v1 or v2, and the Fiscal Data Package's `model` when it has one. Other keys are kept. */
export const packageSchema = z.looseObject({
  name: nameSchema,
  title: z.string().optional(),
  description: z.string().optional(),
  author: z.union([z.string(), z.looseObject({})], 'must be a text').optional(),
  resources: z.array(resourceSchema).min(1, 'needs at least one resource'),
  model: fiscalModelSchema.optional(),
  fiscalPeriod: z.looseObject({ start: z.string('must be a date') }).optional(),
});

export type PackageDescriptor = z.infer<typeof packageSchema>;
export type ResourceDescriptor = z.infer<typeof resourceSchema>;
