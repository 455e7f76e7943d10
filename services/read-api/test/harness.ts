import { randomBytes } from 'node:crypto';
import { createTokenVerifier } from '@flyloft/common';
import {
  createMongoDataSets,
  createPostgresDataSets,
  type DataSets,
  dataSetSettingsSchema,
  parseBatch,
} from '@flyloft/data-sets';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { createTestDatabase, createTestIssuer, describeWith, testMongoUrl } from '@flyloft/testing';

import { createApp } from '../src/app.ts';

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

type AppOptions = Partial<Parameters<typeof createApp>[0]>;

/** The service over data sets. */
export function appWith(dataSets: DataSets, options: AppOptions = {}) {
  return createApp({
    logger: createLogger('read-api', 'silent'),
    metrics: createMetrics('read-api'),
    healthChecks: [{ name: 'data sets', check: dataSets.check }],
    dataSets,
    dataSetsVerifier,
    ...options,
  });
}

export const RECORDS = [
  { _id: 'one', _timestamp: '2014-01-06T00:00:00Z', dept: 'café', nn: 1 },
  { _id: 'two', _timestamp: '2014-01-07T10:00:00.018Z', dept: 'b', nn: 2.5, flag: true },
];

export const MONTH = 'period=month&start_at=2014-01-01T00:00:00Z&end_at=2014-03-01T00:00:00Z';

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
