import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { LOADS_QUEUE, type LoadJob, normaliseAddress } from '@flyloft/common';
import { createPostgresDataSets } from '@flyloft/data-sets';
import { createJobQueue, migrateQueue, type QueueBackend } from '@flyloft/job-queue';
import {
  createDiskStore,
  createFileAddresses,
  createS3FileAddresses,
  createS3Store,
  type S3Options,
} from '@flyloft/object-store';
import { createRegistry, type Load } from '@flyloft/registry';
import { createSafeFetcher } from '@flyloft/safe-fetch';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { createTestDatabase } from '@flyloft/testing';
import { createDuckDbEngine, type Engine } from '@flyloft/warehouse';
import type { RunnerDependencies } from '../src/loads/run-load.ts';

const ORIGIN = 'http://flyloft.test:4000';
export const OWNER = 'd41d8cd98f00b204e9800998ecf8427e';

export interface WorkPlaceOptions {
  /** Where the queue is; default the place's database. */
  readonly queueBackend?: QueueBackend | undefined;
  /** Where files are; default a folder. */
  readonly s3?: S3Options | undefined;
}

/** A registry, a store, an engine and a queue of one test file's own. */
export async function openWorkPlace({ queueBackend, s3 }: WorkPlaceOptions = {}) {
  const database = await createTestDatabase();
  await migrateQueue(database.url);
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-worker-'));
  const registry = createRegistry({ connectionString: database.url });
  const dataSets = createPostgresDataSets({ connectionString: database.url });
  const store = s3 ? createS3Store(s3) : createDiskStore({ folder: join(folder, 'files') });
  const addresses = s3 ? createS3FileAddresses(ORIGIN, s3) : createFileAddresses(ORIGIN);
  const engine: Engine = await createDuckDbEngine({ folders: [folder], memoryMegabytes: 200, threads: 2 });
  const backend = queueBackend ?? { kind: 'postgres', connectionString: database.url };
  const onError = (error: Error) => process.stderr.write(`${error.message}\n`);
  const queue = createJobQueue<LoadJob>({ name: LOADS_QUEUE, backend, onError });
  const logger = createLogger('package-worker', 'silent');
  const stopper = new AbortController();
  // Outside servers of the tests are on this machine.
  const fetcher = createSafeFetcher({
    policy: { ports: [80], openHosts: [{ host: '127.0.0.1', port: undefined }] },
    headTimeoutSeconds: 2,
    idleTimeoutSeconds: 0.5,
    retryDelayMilliseconds: 5,
  });
  const maxFetchBytes = 1e8;
  const runner: RunnerDependencies = {
    ...{ registry, store, addresses, engine, queue, logger, fetcher, maxFetchBytes },
    maxTableBytes: 1e9,
    maxTableRows: 1e9,
    retryDelayMilliseconds: 1,
    workFolder: folder,
    stop: stopper.signal,
  };

  /** Puts files where the owner's uploads lie; answers the descriptor's address. */
  const upload = async (name: string, files: Readonly<Record<string, string | Buffer>>) => {
    for (const [path, content] of Object.entries(files)) {
      await store.put(`${OWNER}/${name}/${path}`, Readable.from([Buffer.from(content)]));
    }
    return `${ORIGIN}/files/${OWNER}/${name}/datapackage.json`;
  };
  const createLoad = async (datapackage: string, force = false): Promise<Load> => {
    const address = normaliseAddress(datapackage) ?? datapackage;
    const { load } = await registry.createLoad({ datapackage, address, requestedBy: OWNER, force });
    return load;
  };
  const keys = async () => {
    const found: string[] = [];
    for await (const { key } of store.list('_cubes/')) found.push(key);
    return found.sort();
  };
  const findLoad = async (id: string): Promise<Load> => {
    const load = await registry.findLoad(id);
    if (load === undefined) throw new Error(`there is no load ${id}`);
    return load;
  };
  return {
    ...{
      database,
      folder,
      registry,
      dataSets,
      store,
      addresses,
      engine,
      fetcher,
      maxFetchBytes,
      backend,
      queue,
      logger,
      runner,
      stopper,
    },
    metrics: createMetrics('package-worker'),
    ...{ upload, createLoad, keys, findLoad },
    close: async () => {
      await queue.close();
      await fetcher.close();
      await registry.close();
      await dataSets.close();
      store.close();
      engine.close();
      await rm(folder, { recursive: true, force: true });
      await database.drop();
    },
  };
}

export type WorkPlace = Awaited<ReturnType<typeof openWorkPlace>>;

export function smallPackage(name: string, rows: string, more: Record<string, unknown> = {}) {
  const fields = [
    { name: 'year', type: 'integer' },
    { name: 'region', type: 'string' },
    { name: 'amount', type: 'number' },
  ];
  const descriptor = {
    name,
    author: 'Ada Lovelace <ada@example.com>',
    resources: [{ name: 'spending', path: 'data.csv', schema: { fields } }],
    model: {
      measures: { amount: { source: 'amount' } },
      dimensions: { region: { attributes: { region: { source: 'region' } }, primaryKey: 'region' } },
    },
    ...more,
  };
  return { 'data.csv': `year,region,amount\n${rows}`, 'datapackage.json': JSON.stringify(descriptor) };
}

export async function waitFor(load: () => Promise<Load>): Promise<Load> {
  for (;;) {
    const found = await load();
    if (found.status === 'done' || found.status === 'fail') return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
