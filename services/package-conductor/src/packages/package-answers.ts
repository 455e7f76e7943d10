import type { RegisteredPackage } from '@flyloft/registry';
import { z } from 'zod';

const descriptorSchema = z.looseObject({ owner: z.string(), private: z.boolean() });

/** The registry document as searches answer it; what is not known is left out (packages.md 4). */
export const documentSchema = z.object({
  id: z.string(),
  model: z.looseObject({}).optional(),
  package: descriptorSchema,
  origin_url: z.string(),
  loaded: z.boolean(),
  last_update: z.number().describe('Epoch seconds'),
  loading_status: z.string(),
  loading_error: z.string().optional(),
});

export function toDocument(registered: RegisteredPackage): z.output<typeof documentSchema> {
  const { id, model, descriptor, owner, originUrl, loaded, lastUpdate, loadingStatus, loadingError } =
    registered;
  return {
    id,
    ...(model === undefined ? {} : { model: { ...model } }),
    package: { ...descriptor, owner, private: registered.private },
    origin_url: originUrl,
    loaded,
    last_update: lastUpdate.getTime() / 1000,
    loading_status: loadingStatus,
    ...(loadingError === undefined ? {} : { loading_error: loadingError }),
  };
}

/** One package in full: the registry document and what belongs to it. */
export const packageSchema = documentSchema.extend({
  dataset: z.string(),
  owner: z.string(),
  author: z.string().optional().describe('The name alone'),
  private: z.boolean(),
  hidden: z.boolean().describe('Moderators, or enough reports, have it shown to its owner alone'),
  count_of_rows: z.int(),
  cubes: z.array(z.object({ id: z.string(), resource: z.string(), rows: z.int() })),
});

export function toPackageBody(registered: RegisteredPackage): z.output<typeof packageSchema> {
  const { name, owner, author, cubes } = registered;
  return {
    ...toDocument(registered),
    dataset: name,
    owner,
    ...(author === undefined ? {} : { author }),
    private: registered.private,
    hidden: registered.hidden,
    count_of_rows: cubes.reduce((sum, { rows }) => sum + rows, 0),
    cubes: cubes.map(({ id, resource, rows }) => ({ id, resource, rows })),
  };
}
