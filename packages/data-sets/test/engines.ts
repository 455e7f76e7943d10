import { randomBytes } from 'node:crypto';
import { createTestDatabase, describeWith, testMongoUrl } from '@flyloft/testing';
import {
  answerQuery,
  createMongoDataSets,
  createPostgresDataSets,
  type DataSet,
  type DataSets,
  dataSetSettingsSchema,
  parseBatch,
  parseJsonExactly,
  parseQuery,
  renderJson,
} from '../src/index.ts';

export interface Engine {
  readonly dataSets: DataSets;
  /** The same engine, through connections and caches of its own. */
  readonly another: () => Promise<Omit<Engine, 'another'>>;
  readonly stop: () => Promise<void>;
}

async function startOnPostgres(): Promise<Engine> {
  const database = await createTestDatabase();
  const open = () => createPostgresDataSets({ connectionString: database.url });
  const dataSets = open();
  return {
    dataSets,
    another: async () => {
      const second = open();
      return { dataSets: second, stop: second.close };
    },
    stop: async () => {
      await dataSets.close();
      await database.drop();
    },
  };
}

async function startOnMongo(url: string): Promise<Engine> {
  const dataSets = createMongoDataSets({ url });
  return {
    dataSets,
    another: async () => {
      const second = createMongoDataSets({ url });
      return { dataSets: second, stop: second.close };
    },
    stop: dataSets.close,
  };
}

const mongoUrl = testMongoUrl();

/** Both engines; every test of the suite runs on each. */
export const ENGINES = [
  { name: 'PostgreSQL', describe: describeWith('always'), start: startOnPostgres },
  { name: 'MongoDB', describe: describeWith(mongoUrl), start: () => startOnMongo(mongoUrl ?? '') },
];

/** A data set of its own for one test. */
export async function newDataSet(
  { catalogue }: DataSets,
  settings: Record<string, unknown> = {},
): Promise<DataSet> {
  const name = `set_${randomBytes(6).toString('hex')}`;
  const created = await catalogue.create({
    name,
    dataGroup: name.replaceAll('_', '-'),
    dataType: 'events',
    tokenHash: null,
    settings: dataSetSettingsSchema.parse(settings),
  });
  if (created === undefined) throw new Error('the random name was taken');
  return created;
}

/** Stores records given as JSON text or as values, by the rules of the wire. */
export async function write({ store }: DataSets, dataSet: DataSet, body: unknown): Promise<void> {
  const parsed = parseJsonExactly(typeof body === 'string' ? body : JSON.stringify(body));
  const batch = parseBatch(parsed, { autoIds: dataSet.settings.auto_ids });
  if ('errors' in batch) throw new Error(JSON.stringify(batch.errors));
  await store.upsert(dataSet, batch.records);
}

/** The `data` of a query's answer, as JSON text on the wire. */
export async function readText(
  { store }: DataSets,
  dataSet: DataSet,
  query: string,
  now = new Date(),
): Promise<string> {
  const parsed = parseQuery(query, { rawQueriesAllowed: true });
  return renderJson((await answerQuery(parsed, { store, dataSet, now })).data, { compact: true });
}

/** The same, parsed. */
export async function read(
  dataSets: DataSets,
  dataSet: DataSet,
  query: string,
  now?: Date,
): Promise<unknown> {
  return JSON.parse(await readText(dataSets, dataSet, query, now));
}
