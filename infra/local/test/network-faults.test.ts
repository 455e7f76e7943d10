import { createTestDatabase, describeWith, testMongoUrl, testRedisUrl, testS3 } from '@flyloft/testing';
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { FAULTS, type Scene, sufferAndRecover } from './network/bad-network.ts';
import { openDataSetsScene } from './network/data-sets-scene.ts';
import { openPackagesScene } from './network/packages-scene.ts';

/** `npm run soak -- faults`: each kind of fault on each engine by itself; else the worst, on all at once. */
const IS_LONG = process.env.SOAK_FAULTS === 'true';
const kinds = FAULTS.filter(({ kind }) => IS_LONG || kind === 'blackhole');

interface Hit {
  readonly engines: readonly string[];
  readonly users: readonly string[];
}

function faultSuite(open: () => Promise<Scene>, hits: readonly Hit[]) {
  let scene: Scene;
  beforeAll(async () => {
    scene = await open();
  }, 60_000);
  afterAll(() => scene.close());

  for (const { engines, users } of hits) {
    it.each(kinds)(
      `E8: a network that gives $kind on the way to ${engines.join(', ')} costs 503s, and nothing that was acknowledged`,
      (fault) => sufferAndRecover(scene, { engines, users, fault }),
      180_000,
    );
  }
}

const PACKAGES = ['package-conductor', 'package-worker'];
const DATA_SETS: readonly Hit[] = [{ engines: ['engine'], users: ['write-api', 'read-api'] }];

/** A database of the Redis server that no other test uses: services have no prefix for their queues. */
function ownRedis(): string | undefined {
  const url = testRedisUrl();
  return url && Object.assign(new URL(url), { pathname: '/10' }).href;
}

const s3 = testS3();

async function openPackages(redisUrl: string | undefined): Promise<Scene> {
  if (s3 === undefined) throw new Error('there is no S3');
  return openPackagesScene(s3, redisUrl);
}

describeWith(s3 && ownRedis())('packages, with the queue in Redis', () => {
  const all = ['postgres', 's3', 'redis'];
  const hits = IS_LONG ? all.map((engine) => [engine]) : [all];
  faultSuite(
    () => openPackages(ownRedis()),
    hits.map((engines) => ({ engines, users: PACKAGES })),
  );
});

if (IS_LONG) {
  describeWith(s3?.endpoint)('packages, with the queue in PostgreSQL', () => {
    faultSuite(() => openPackages(undefined), [{ engines: ['postgres'], users: PACKAGES }]);
  });
}

describe('data sets on PostgreSQL', () => {
  faultSuite(async () => {
    const database = await createTestDatabase();
    const scene = await openDataSetsScene(database.url, 'DATABASE_URL');
    const close = async () => {
      await scene.close();
      await database.drop();
    };
    return { ...scene, close };
  }, DATA_SETS);
});

describeWith(testMongoUrl())('data sets on MongoDB', () => {
  faultSuite(async () => {
    // By the name that it has here it would be found beside the proxy.
    const url = new URL(testMongoUrl() ?? '');
    url.searchParams.delete('replicaSet');
    url.searchParams.set('directConnection', 'true');
    return openDataSetsScene(url.href, 'MONGO_URL');
  }, DATA_SETS);
});
