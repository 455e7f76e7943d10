import { randomBytes } from 'node:crypto';
import { TRANSFORMS_QUEUE, type TransformJob, transformJobId } from '@flyloft/common';
import {
  createMongoDataSets,
  createPostgresDataSets,
  type DataSet,
  type DataSets,
  dataSetSettingsSchema,
  parseBatch,
  type TransformCall,
  transformDefinitionSchema,
  writtenRange,
} from '@flyloft/data-sets';
import { createJobQueue, type JobQueue, migrateQueue, type QueueBackend } from '@flyloft/job-queue';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { createTestDatabase, describeWith, testMongoUrl, testRedisUrl } from '@flyloft/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startChores } from '../src/housekeeping/housekeeper.ts';
import { createTransformWorker, type TransformWorker } from '../src/transforms/transform-worker.ts';

interface Place {
  readonly backend: QueueBackend;
  readonly open: () => DataSets;
  readonly dispose: () => Promise<void>;
}

async function onPostgres(): Promise<Place> {
  const database = await createTestDatabase();
  await migrateQueue(database.url);
  return {
    backend: { kind: 'postgres', connectionString: database.url },
    open: () => createPostgresDataSets({ connectionString: database.url }),
    dispose: database.drop,
  };
}

async function onMongoAndRedis(): Promise<Place> {
  const url = testMongoUrl() ?? '';
  return {
    backend: { kind: 'redis', url: testRedisUrl() ?? '', prefix: randomBytes(6).toString('hex') },
    open: () => createMongoDataSets({ url }),
    dispose: async () => undefined,
  };
}

function suite(openPlace: () => Promise<Place>) {
  let place: Place;
  let dataSets: DataSets;
  let queue: JobQueue<TransformJob>;
  let worker: TransformWorker;
  let stopChores: () => Promise<void>;
  const logger = createLogger('package-worker', 'silent');

  beforeAll(async () => {
    place = await openPlace();
  });
  afterAll(() => place.dispose());
  beforeEach(() => {
    dataSets = place.open();
    const onError = (error: Error) => process.stderr.write(`${error.message}\n`);
    queue = createJobQueue({
      ...{ name: TRANSFORMS_QUEUE, backend: place.backend, onError, attempts: 5, retryDelayMilliseconds: 10 },
    });
    worker = createTransformWorker({
      ...{ dataSets: place.open(), backend: place.backend, logger, transformConcurrency: 2 },
      metrics: createMetrics('package-worker'),
    });
    stopChores = startChores(worker.chores, logger);
  });
  afterEach(async () => {
    await stopChores();
    for (const phase of worker.stopPhases) await phase.run();
    await queue.close();
    await dataSets.close();
  });

  const create = async (definitions: readonly object[]): Promise<DataSet> => {
    const name = `set_${randomBytes(5).toString('hex')}`;
    const created = await dataSets.catalogue.create({
      ...{ name, dataGroup: name.replaceAll('_', '-'), dataType: 'events', tokenHash: null },
      settings: dataSetSettingsSchema.parse({}),
    });
    if (created === undefined) throw new Error('the random name was taken');
    const list = definitions.map((definition) => transformDefinitionSchema.parse(definition));
    await dataSets.transforms.replace(created, list);
    return created;
  };
  const write = async (dataSet: DataSet, body: object): Promise<TransformCall[]> => {
    const batch = parseBatch(body);
    if ('errors' in batch) throw new Error('bad records');
    await dataSets.store.upsert(dataSet, batch.records);
    const range = writtenRange(batch.records);
    return range ? dataSets.transforms.mark(dataSet, range, 0) : [];
  };
  const enqueue = async (calls: readonly TransformCall[]) => {
    for (const { id, version } of calls) {
      const job: TransformJob = { version: 1, transform_id: id, transform_version: version };
      await queue.add(transformJobId(job), job);
    }
  };
  const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const recordsOf = async ({ dataGroup }: DataSet, dataType: string) => {
    const found = await dataSets.catalogue.findByPair({ dataGroup, dataType });
    if (found === undefined) return undefined;
    const records = await dataSets.store.find(found, { filters: [], inclusive: false, limit: 100 });
    return records.length === 0 ? undefined : records;
  };
  const aggregate = (dataType: string, parameters: object, more: object = {}) => ({
    ...{ type: 'aggregate', 'query-parameters': parameters, output: { 'data-type': dataType } },
    ...more,
  });

  it('runs a chain of them from the queue: sums by week, then their greatest', async () => {
    const weekly = aggregate('weekly', { period: 'week', collect: 'nn:sum' });
    const input = await create([weekly]);
    const middle = await dataSets.catalogue.create({
      ...{ ...input, name: `${input.name}_weekly`, dataType: 'weekly' },
    });
    if (middle === undefined) throw new Error('not created');
    await dataSets.transforms.replace(middle, [
      transformDefinitionSchema.parse(aggregate('yearly', { period: 'year', collect: 'nn_sum:max' })),
    ]);
    await enqueue(
      await write(input, [
        { _timestamp: '2014-01-06', nn: 1 },
        { _timestamp: '2014-01-07', nn: 2 },
        { _timestamp: '2014-01-20', nn: 2.5 },
      ]),
    );
    expect(await until(() => recordsOf(input, 'yearly'))).toMatchObject([{ count: 3, nn_sum_max: 3 }]);
    expect(await recordsOf(input, 'weekly')).toHaveLength(3);
    for (const { check } of worker.healthChecks) await check();
  });

  it('runs one by the clock that nobody called', async () => {
    const input = await create([]);
    await write(input, { dept: 'a', nn: 4 });
    const byClock = aggregate('hourly', { group_by: 'dept', collect: 'nn:max' }, { every_seconds: 3_600 });
    await dataSets.transforms.replace(input, [transformDefinitionSchema.parse(byClock)]);
    expect(await until(() => recordsOf(input, 'hourly'))).toMatchObject([{ dept: 'a', nn_max: 4 }]);
  });

  it('tries a failing one again, tells its error, and runs it once it can', async () => {
    const input = await create([aggregate('weekly', { period: 'week', collect: 'nn:sum' })]);
    await enqueue(await write(input, { _id: 'a', _timestamp: '2014-01-06', nn: 'text' }));
    const status = () => dataSets.transforms.list(input).then(([transform]) => transform?.status);
    const failed = await until(async () => {
      const now = await status();
      return (now?.failures ?? 0) >= 2 ? now : undefined;
    });
    expect(failed).toMatchObject({ pending: true, lastError: 'invalid collect function' });
    await enqueue(await write(input, { _id: 'a', _timestamp: '2014-01-06', nn: 5 }));
    expect(await until(() => recordsOf(input, 'weekly'))).toMatchObject([{ nn_sum: 5 }]);
    const done = await until(async () => {
      const now = await status();
      return now?.pending ? undefined : now;
    });
    expect(done).toMatchObject({ lastError: null, failures: 0 });
  });
}

describe('transforms with data sets and queue in PostgreSQL', () => suite(onPostgres));
describeWith(testMongoUrl() && testRedisUrl())(
  'transforms with data sets in MongoDB and the queue in Redis',
  () => suite(onMongoAndRedis),
);
