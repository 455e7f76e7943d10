import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createTokenVerifier,
  createUserTokenVerifier,
  HOOKS_QUEUE,
  type HookJob,
  LOADS_QUEUE,
  type LoadJob,
  type Moderation,
  NO_MODERATION,
  NOTICES_QUEUE,
  type NoticeJob,
  noticeJobSchema,
} from '@flyloft/common';
import { createJobQueue, createJobWorker, type JobWorker, type QueueBackend } from '@flyloft/job-queue';
import {
  createDiskStore,
  createDiskUploads,
  createFileAddresses,
  createS3FileAddresses,
  createS3Store,
  createS3Uploads,
  type ObjectStore,
  type S3Options,
} from '@flyloft/object-store';
import { createRegistry, type Registry } from '@flyloft/registry';
import { createMetrics, type ServiceMetrics } from '@flyloft/service-kit';
import { createTestDatabase, createTestIssuer, type TestIssuer } from '@flyloft/testing';
import { type Logger, pino } from 'pino';
import { createApp } from '../src/app.ts';
import { createHookCaller } from '../src/hooks/call-hook.ts';
import { apiKeysSchema } from '../src/http/api-keys.ts';
import { createCredentials } from '../src/http/credentials.ts';
import { addLoadMetrics, workersCheck } from '../src/loads/load-metrics.ts';
import { createLoadWatch } from '../src/loads/load-watch.ts';
import { startRelay } from '../src/loads/relay.ts';

export const ANN = 'a'.repeat(32);
export const BOB = 'b'.repeat(32);

/** A conductor that listens on a loopback port, over real engines. */
export interface TestConductor {
  readonly origin: string;
  readonly databaseUrl: string;
  readonly issuer: TestIssuer;
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly metrics: ServiceMetrics;
  /** A service token for the datastore, with the permission to upload. */
  readonly tokenOf: (userid: string) => string;
  /** A worker on the conductor's queue. */
  readonly startWorker: (process: (job: LoadJob) => Promise<void>) => JobWorker;
  /** Takes the notices that the conductor puts on the queue. */
  readonly takeNotices: () => { notices: NoticeJob[]; stop: () => Promise<void> };
  /** As the process does when it is asked to stop. */
  readonly stopListeners: () => void;
  readonly close: () => Promise<void>;
}

export interface ConductorOptions {
  /** Where its queue is; default its own database. */
  readonly queueBackend?: QueueBackend;
  readonly maxFileBytes?: number;
  readonly publicRead?: boolean;
  readonly maxOwnerBytes?: number;
  /** `key:userid,…` */
  readonly apiKeys?: string;
  readonly hookOrigins?: readonly string[];
  readonly maxListeners?: number;
  readonly moderation?: Moderation;
  /** Where its files are; default a folder of its own. */
  readonly s3?: S3Options;
}

export async function startConductor(options: ConductorOptions = {}): Promise<TestConductor> {
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'conductor-'));
  const issuer = await createTestIssuer();
  const logger: Logger = pino({ level: 'silent' });
  const backend = options.queueBackend ?? { kind: 'postgres', connectionString: database.url };
  const registry = createRegistry({ connectionString: database.url });
  const onError = () => undefined;
  const queue = createJobQueue<LoadJob>({ name: LOADS_QUEUE, backend, onError, timeLimitSeconds: 1 });
  const hookQueue = createJobQueue<HookJob>({ name: HOOKS_QUEUE, backend, onError, timeLimitSeconds: 1 });
  const noticeQueue = createJobQueue<NoticeJob>({
    name: NOTICES_QUEUE,
    backend,
    onError,
    timeLimitSeconds: 1,
  });
  const relay = startRelay({ registry, queue, noticeQueue, logger, intervalSeconds: 0.05 });
  const { s3 } = options;
  const store = s3 ? createS3Store(s3) : createDiskStore({ folder });
  await store.check();

  // The public address is only known once the server listens.
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A listening TCP server has an AddressInfo.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const addresses = s3 ? createS3FileAddresses(origin, s3) : createFileAddresses(origin);
  const signingKey = 'the signing key of the tests';
  const uploads = s3 ? createS3Uploads(s3) : createDiskUploads({ store, addresses, signingKey });
  const metrics = createMetrics('package-conductor');
  addLoadMetrics(metrics, registry);
  const keys = { kind: 'static', jwks: issuer.jwks } as const;
  const { maxListeners = 1_000, hookOrigins = [] } = options;
  const loadWatch = createLoadWatch({ registry, logger, maxListeners, intervalSeconds: 0.02 });
  const app = createApp({
    logger,
    metrics,
    version: 'test',
    healthChecks: [
      { name: 'database', check: registry.check },
      { name: 'queue', check: queue.check },
      { name: 'store', check: store.check },
      workersCheck(registry),
    ],
    credentials: createCredentials({
      verifier: createTokenVerifier({ issuer: issuer.issuer, audiences: ['os.datastore'], keys }),
      userVerifier: createUserTokenVerifier({ issuer: issuer.issuer, keys }),
      apiKeys: apiKeysSchema.parse(options.apiKeys),
    }),
    registry,
    store,
    addresses,
    uploads,
    relay,
    fetchPolicy: { ports: [80, 443], openHosts: [] },
    loadWatch,
    moderation: options.moderation ?? NO_MODERATION,
    hooks: createHookCaller({ registry, queue: hookQueue, allowedOrigins: hookOrigins, timeoutSeconds: 1 }),
    maxOwnerBytes: options.maxOwnerBytes ?? 1_000_000_000,
    maxFileBytes: options.maxFileBytes ?? 1_000_000,
    publicRead: options.publicRead ?? false,
  });
  server.on('request', app);

  const workers: JobWorker[] = [];
  return {
    origin,
    databaseUrl: database.url,
    issuer,
    registry,
    store,
    metrics,
    tokenOf: (userid) =>
      issuer.serviceToken({
        service: 'os.datastore',
        userid,
        permissions: { 'datapackage-upload': true },
      }),
    startWorker: (process) => {
      // only conductors put jobs there
      const worker = createJobWorker({
        name: LOADS_QUEUE,
        backend,
        onError,
        process: (data) => process(data as LoadJob),
      });
      workers.push(worker);
      return worker;
    },
    takeNotices: () => {
      const notices: NoticeJob[] = [];
      const worker = createJobWorker({
        name: NOTICES_QUEUE,
        backend,
        onError,
        process: async (data) => void notices.push(noticeJobSchema.parse(data)),
      });
      return { notices, stop: worker.close };
    },
    stopListeners: loadWatch.stop,
    close: async () => {
      for (const worker of workers) await worker.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      loadWatch.stop();
      await relay.stop();
      await queue.close();
      await hookQueue.close();
      await noticeQueue.close();
      await registry.close();
      await database.drop();
      store.close();
      await rm(folder, { recursive: true });
    },
  };
}

export const md5Of = (content: string) => createHash('md5').update(content).digest('base64');

export const announce = (content: string, more: Record<string, unknown> = {}) => ({
  name: 'file',
  length: Buffer.byteLength(content),
  md5: md5Of(content),
  ...more,
});

/** The type of every file that os-packager uploads. */
const UPLOAD_TYPE = 'application/octet-stream';

interface Signed {
  readonly upload_url: string;
  readonly upload_query: Record<string, string[]>;
}

/** The signed address as every client makes it: element 0 of each list, URL-encoded, appended. */
export function signedUrl({ upload_url, upload_query }: Signed): string {
  const query = Object.entries(upload_query).map(
    ([name, [value = '']]) => `${name}=${encodeURIComponent(value)}`,
  );
  return `${upload_url}?${query.join('&')}`;
}

/** Announces files as os-packager does; answers the signed address of each. */
export async function announceFiles(
  { origin, tokenOf }: TestConductor,
  owner: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Record<string, Signed>> {
  const answer = await fetch(`${origin}/datastore/`, {
    method: 'POST',
    headers: { 'Auth-Token': tokenOf(owner) },
    body: JSON.stringify({
      metadata: { owner, name, author: 'Ann <ann@example.org>' },
      filedata: Object.fromEntries(
        Object.entries(files).map(([path, content]) => [path, announce(content, { type: UPLOAD_TYPE })]),
      ),
    }),
  });
  // the contract of /datastore/authorize
  const { filedata } = (await answer.json()) as { filedata: Record<string, Signed> };
  return filedata;
}

/** Uploads files as os-packager does; answers the upload address of each. */
export async function uploadFiles(
  conductor: TestConductor,
  owner: string,
  name: string,
  files: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const filedata = await announceFiles(conductor, owner, name, files);
  const urls: Record<string, string> = {};
  for (const [path, content] of Object.entries(files)) {
    const signed = filedata[path];
    if (signed === undefined) throw new Error(`no address for ${path}`);
    const put = await fetch(signedUrl(signed), {
      method: 'PUT',
      headers: { 'Content-MD5': md5Of(content), 'Content-Type': UPLOAD_TYPE },
      body: content,
    });
    if (put.status !== 200) throw new Error(`PUT answered ${put.status}: ${await put.text()}`);
    urls[path] = signed.upload_url;
  }
  return urls;
}
