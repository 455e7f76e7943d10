import { randomBytes } from 'node:crypto';
import { createTokenVerifier, NO_MODERATION } from '@flyloft/common';
import { createMongoDataSets, createPostgresDataSets, type DataSets } from '@flyloft/data-sets';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { createTestDatabase, createTestIssuer, describeWith, testMongoUrl } from '@flyloft/testing';
import request from 'supertest';
import { createApp, type WriteApiOptions } from '../src/app.ts';

export const ADMIN_TOKEN = 'static-admin-token-of-a-test';
export const issuer = await createTestIssuer();

export const administratorToken = issuer.serviceToken({ permissions: { admin: true } });

type Settings = Partial<
  Pick<
    WriteApiOptions,
    | 'maxJsonBytes'
    | 'maxFileBytes'
    | 'writeLimits'
    | 'counters'
    | 'trustedProxies'
    | 'callTransforms'
    | 'signIn'
    | 'moderation'
    | 'logger'
    | 'metrics'
  >
>;

export function appWith(dataSets: DataSets, settings: Settings = {}) {
  return createApp({
    logger: createLogger('write-api', 'silent'),
    metrics: createMetrics('write-api'),
    healthChecks: [{ name: 'data sets', check: dataSets.check }],
    dataSets,
    moderation: NO_MODERATION,
    verifier: createTokenVerifier({
      issuer: issuer.issuer,
      audiences: ['data-sets'],
      keys: { kind: 'static', jwks: issuer.jwks },
    }),
    adminToken: ADMIN_TOKEN,
    maxJsonBytes: 30 * 1024 * 1024,
    maxFileBytes: 100 * 1024 * 1024,
    ...settings,
  });
}

export type App = ReturnType<typeof appWith>;

/** A name of its own for each data set of a test run. */
export function newGroup(): string {
  return `group-${randomBytes(5).toString('hex')}`;
}

/** Creates a data set with type `events`; answers its group, name and bearer token. */
export async function createDataSet(app: App, settings: Record<string, unknown> = {}) {
  const group = newGroup();
  const { body } = await request(app)
    .post('/data-sets')
    .set('Authorization', `Bearer ${administratorToken}`)
    .send({ data_group: group, data_type: 'events', ...settings })
    .expect(201);
  return { group, name: String(body.name), token: String(body.bearer_token), path: `/data/${group}/events` };
}

interface RunningEngine {
  readonly dataSets: DataSets;
  readonly stop: () => Promise<void>;
}

const mongoUrl = testMongoUrl();

/** Both engines behind the same service. */
export const ENGINES = [
  {
    name: 'PostgreSQL',
    describe: describeWith('always'),
    start: async (): Promise<RunningEngine> => {
      const database = await createTestDatabase();
      const dataSets = createPostgresDataSets({ connectionString: database.url });
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
    start: async (): Promise<RunningEngine> => {
      const dataSets = createMongoDataSets({ url: mongoUrl ?? '' });
      return { dataSets, stop: dataSets.close };
    },
  },
];
