import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createS3Store, ensureBucket } from '@flyloft/object-store';
import {
  createTcpProxy,
  createTestDatabase,
  createTestIssuer,
  startServiceProcess,
  type TestS3,
} from '@flyloft/testing';
import { repositoryRoot } from '../../src/index.ts';
import type { Scene } from './bad-network.ts';

const OWNER = 'a'.repeat(32);
const EXTERNAL_ADDRESS = 'http://flyloft.test:4000';

const serverOf = (service: string) => join(repositoryRoot, 'services', service, 'dist/server.js');

const descriptorOf = (name: string) => ({
  name,
  resources: [{ name: 'data', data: [{ region: 'north', amount: 1 }] }],
});

/** Conductor and worker on PostgreSQL, S3 and, where it is named, a queue in Redis: packages are loaded. */
export async function openPackagesScene(s3: TestS3, redisUrl: string | undefined): Promise<Scene> {
  await ensureBucket(s3);
  const database = await createTestDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'network-'));
  const engines = {
    postgres: await createTcpProxy(database.url),
    s3: await createTcpProxy(s3.endpoint),
    ...(redisUrl && { redis: await createTcpProxy(redisUrl) }),
  };
  const issuer = await createTestIssuer();
  const keys = await issuer.serveJwks();
  const environment = {
    DATABASE_URL: engines.postgres.url,
    ...(engines.redis && { REDIS_URL: engines.redis.url }),
    EXTERNAL_ADDRESS,
    S3_ENDPOINT: new URL(engines.s3.url).origin,
    S3_REGION: s3.region,
    S3_BUCKET: s3.bucket,
    S3_ACCESS_KEY_ID: s3.accessKeyId,
    S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
  };
  const [conductor, worker] = await Promise.all([
    startServiceProcess(serverOf('package-conductor'), {
      ...environment,
      AUTH_ISSUER: issuer.issuer,
      AUTH_JWKS_URL: keys.url,
      AUTH_REVOCATIONS_URL: 'off',
      AUTH_MODERATION_URL: 'off',
      FILES_SIGNING_KEY: 'the signing key of the tests, long enough',
    }),
    startServiceProcess(serverOf('package-worker'), { ...environment, WORK_FOLDER: join(folder, 'work') }),
  ]);
  const store = createS3Store(s3);
  const jwt = issuer.serviceToken({
    service: 'os.datastore',
    userid: OWNER,
    permissions: { 'datapackage-upload': true },
  });
  const addressOf = (name: string) =>
    encodeURIComponent(`${EXTERNAL_ADDRESS}/files/${OWNER}/${name}/datapackage.json`);
  const statusOf = async (name: string, ask: typeof fetch) => {
    const answer = await ask(`${conductor.origin}/package/status?datapackage=${addressOf(name)}`);
    return (await answer.json()) as { status: string; error?: string };
  };
  return {
    engines,
    services: { 'package-conductor': conductor, 'package-worker': worker },
    work: async (key, ask) => {
      const content = JSON.stringify(descriptorOf(key));
      await store.put(`${OWNER}/${key}/datapackage.json`, Readable.from([Buffer.from(content)]));
      const parameters = `datapackage=${addressOf(key)}&jwt=${jwt}`;
      const asked = await ask(`${conductor.origin}/package/upload?${parameters}`, { method: 'POST' });
      const { status } = (await asked.json()) as { status: string };
      if (status !== 'queued') throw new Error(`${key}: ${status}`);
      for (;;) {
        const now = await statusOf(key, ask as typeof fetch);
        if (now.status === 'fail') throw new Error(`${key}: ${now.error}`);
        if (now.status === 'done') break;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // what needs the store of files, too
      const file = `${conductor.origin}/files/${OWNER}/${key}/datapackage.json?jwt=${jwt}`;
      const head = await fetch(file, { method: 'HEAD', redirect: 'manual' });
      if (![200, 302, 503].includes(head.status)) throw new Error(`${file}: ${head.status}`);
    },
    verify: async (names) => {
      for (const name of names) {
        const { status } = await statusOf(name, fetch);
        if (status !== 'done') throw new Error(`${name} was done, and is ${status}`);
      }
    },
    close: async () => {
      await Promise.all([conductor.end(), worker.end()]);
      for (const proxy of Object.values(engines)) await proxy?.close();
      store.close();
      await keys.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
