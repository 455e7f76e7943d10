import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { QueueBackend } from '@flyloft/job-queue';
import { ensureBucket, type S3Options } from '@flyloft/object-store';
import type { Load } from '@flyloft/registry';
import {
  createTcpProxy,
  type ServiceProcess,
  type ServiceProcessOptions,
  startServiceProcess,
} from '@flyloft/testing';
import { sweepFiles } from '../../src/housekeeping/sweep-files.ts';
import { enqueue } from '../../src/loads/run-load.ts';
import { OWNER, openWorkPlace, smallPackage } from '../work-place.ts';

const SERVER = join(import.meta.dirname, '../../dist/server.js');

/** A row of the tests' tables: the sum of `amount` tells which generation of a package is served. */
export function rowsOf(generation: number, count: number): string {
  return Array.from({ length: count }, (_, row) => `${2000 + (row % 20)},region-${row % 7},${generation}`)
    .map((line) => `${line}\n`)
    .join('');
}

/** A server whose file arrives when it is let go: a load that fetches it stands still until then. */
async function openGate() {
  const waiting: ServerResponse[] = [];
  let content = '';
  let isOpen = false;
  const server = createServer((_req, res) => {
    if (isOpen) res.end(content);
    else waiting.push(res);
    server.emit('asked');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // a listening TCP server
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/data.csv`,
    /** From now on requests wait for `open`. */
    shut: (text: string) => {
      content = text;
      isOpen = false;
    },
    /** Resolves when so many requests wait. */
    asked: async (count = 1) => {
      while (waiting.length < count) await once(server, 'asked');
    },
    /** Lets requests pass from now on; those that wait only when `all`. */
    open: ({ all = true } = {}) => {
      isOpen = true;
      if (all) for (const res of waiting.splice(0)) res.end(content);
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A bucket behind a proxy, and the variables by which a worker reaches it there. */
async function openBucket(s3: S3Options) {
  await ensureBucket(s3);
  const proxy = await createTcpProxy(s3.endpoint);
  const variables = {
    S3_ENDPOINT: new URL(proxy.url).origin,
    S3_REGION: s3.region,
    S3_BUCKET: s3.bucket,
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
  };
  return { proxy, variables };
}

export interface FaultPlaceOptions {
  /** Redis with the queue; default the database. */
  readonly queueUrl?: string | undefined;
  /** S3 with the files; default a folder. */
  readonly s3?: S3Options | undefined;
}

/** Everything around worker processes: real engines behind proxies, a gate, and what must hold afterwards. */
export async function openFaultPlace({ queueUrl, s3 }: FaultPlaceOptions = {}) {
  const queueProxy = queueUrl === undefined ? undefined : await createTcpProxy(queueUrl);
  const queueBackend: QueueBackend | undefined =
    queueUrl === undefined ? undefined : { kind: 'redis', url: queueUrl };
  const bucket = s3 && (await openBucket(s3));
  const place = await openWorkPlace({ queueBackend, s3 });
  const databaseProxy = await createTcpProxy(place.database.url);
  const gate = await openGate();
  const workers: ServiceProcess[] = [];
  const environment = {
    DATABASE_URL: databaseProxy.url,
    ...(queueProxy && { REDIS_URL: queueProxy.url }),
    EXTERNAL_ADDRESS: 'http://flyloft.test:4000',
    ...(bucket?.variables ?? { FILES_FOLDER: join(place.folder, 'files') }),
    WORK_FOLDER: join(place.folder, 'work'),
    FETCH_ALLOW_HOSTS: '127.0.0.1',
    LOAD_RETRY_SECONDS: '0.1',
  };

  const request = async (datapackage: string, force = false): Promise<Load> => {
    const load = await place.createLoad(datapackage, force);
    await enqueue(place.runner, load);
    return load;
  };
  const until = async (id: string, holds: (load: Load) => boolean): Promise<Load> => {
    for (;;) {
      const load = await place.findLoad(id);
      if (holds(load)) return load;
      for (const worker of workers) worker.assertRunning();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return {
    ...place,
    ...{ gate, databaseProxy, queueProxy, environment, request, until },
    storeProxy: bucket?.proxy,
    start: async (options: ServiceProcessOptions = {}) => {
      const worker = await startServiceProcess(SERVER, environment, options);
      workers.push(worker);
      return worker;
    },
    ended: (id: string) => until(id, ({ status }) => status === 'done' || status === 'fail'),
    /** What the conductor's relay does fifteen seconds after a worker is lost, without the wait. */
    takeBack: async () => {
      const { requeued } = await place.registry.reapLostLoads({ lostAfterSeconds: 0 });
      for (const load of requeued) await enqueue(place.runner, load);
      return requeued;
    },
    /** A package whose table comes through the gate. */
    uploadGated: (name: string) => {
      const resources = [{ name: 'spending', path: gate.address }];
      return place.upload(name, {
        'datapackage.json': smallPackage(name, '', { resources })['datapackage.json'],
      });
    },
    /** Rows and sum of what readers are served now. */
    served: async (name: string) => {
      const found = await place.registry.findCube(`${OWNER}:${name}`);
      if (found === undefined) return undefined;
      const file = join(place.folder, `${name}.parquet`);
      await pipeline((await place.store.read(found.cube.file)).stream, createWriteStream(file));
      const [row] = await place.engine.withSession((session) =>
        session.rows(`SELECT count(*)::INTEGER, sum(amount)::INTEGER FROM read_parquet('${file}')`),
      );
      await rm(file);
      return row;
    },
    /** Files that belong to the package and are not the ones that are served. */
    leftovers: async (name: string) => {
      await sweepFiles({ ...place, graceSeconds: 0 });
      const found = await place.registry.findPackage(`${OWNER}:${name}`);
      const served = new Set(found?.cubes.map(({ file }) => file));
      return (await place.keys()).filter((key) => key.includes(`/${name}/`) && !served.has(key));
    },
    close: async () => {
      for (const worker of workers) await worker.end();
      gate.close();
      await databaseProxy.close();
      await queueProxy?.close();
      await bucket?.proxy.close();
      await place.close();
    },
  };
}

export type FaultPlace = Awaited<ReturnType<typeof openFaultPlace>>;
