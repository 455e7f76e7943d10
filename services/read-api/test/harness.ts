import { randomBytes } from 'node:crypto';
import { createTokenVerifier } from '@flyloft/common';
import {
  createMongoDataSets,
  createPostgresDataSets,
  type DataSets,
  dataSetSettingsSchema,
  parseBatch,
} from '@flyloft/data-sets';
import { createTestDatabase, createTestIssuer, describeWith, testMongoUrl } from '@flyloft/testing';

const mongoUrl = testMongoUrl();

/** Makes tokens that `dataSetsVerifier` takes. */
export const issuer = await createTestIssuer();

export const dataSetsVerifier = createTokenVerifier({
  issuer: issuer.issuer,
  audiences: ['data-sets'],
  keys: { kind: 'static', jwks: issuer.jwks },
});

type EngineOptions = Omit<Parameters<typeof createMongoDataSets>[0], 'url'>;

interface RunningEngine {
  readonly dataSets: DataSets;
  readonly stop: () => Promise<void>;
}

/** Both engines behind the same service. */
export const ENGINES = [
  {
    name: 'PostgreSQL',
    describe: describeWith('always'),
    start: async (options: EngineOptions = {}): Promise<RunningEngine> => {
      const database = await createTestDatabase();
      const dataSets = createPostgresDataSets({ connectionString: database.url, ...options });
      const stop = async () => {
        await dataSets.close();
        await database.drop();
      };
      return { dataSets, stop };
    },
  },
  {
    name: 'MongoDB',
    describe: describeWith(mongoUrl),
    start: async (options: EngineOptions = {}): Promise<RunningEngine> => {
      const dataSets = createMongoDataSets({ url: mongoUrl ?? '', ...options });
      return { dataSets, stop: dataSets.close };
    },
  },
];

/** A data set of its own with records; answers its name and its path. */
export async function fillDataSet(
  { catalogue, store }: DataSets,
  records: unknown,
  settings: Record<string, unknown> = {},
) {
  const name = `set_${randomBytes(5).toString('hex')}`;
  const group = name.replaceAll('_', '-');
  const dataSet = await catalogue.create({
    name,
    dataGroup: group,
    dataType: 'events',
    tokenHash: null,
    settings: dataSetSettingsSchema.parse({ published: true, ...settings }),
  });
  const batch = parseBatch(records);
  if (dataSet === undefined || 'errors' in batch) throw new Error('the data set could not be filled');
  await store.upsert(dataSet, batch.records);
  return { name, path: `/data/${group}/events` };
}
