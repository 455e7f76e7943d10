import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LOAD_STATUSES } from '@flyloft/common';
import { describeWith, tellProgress, testRedisUrl } from '@flyloft/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { smallPackage } from '../work-place.ts';
import { type FaultPlace, openFaultPlace, rowsOf } from './fault-place.ts';

/** How many times a worker is killed; `npm run soak -- packages` asks for more. */
const KILLS = Number(process.env.SOAK_KILLS ?? 3);
const ROWS = 20_000;

const ORDER: readonly string[] = LOAD_STATUSES;
const indexOf = (status: string) => ORDER.indexOf(status);

/** Statuses in which a worker is at work: where it may be killed. */
const AT_WORK = LOAD_STATUSES.slice(indexOf('initializing'), indexOf('done'));

function faultSuite(queueUrl: () => string | undefined) {
  let place: FaultPlace;
  beforeEach(async () => {
    place = await openFaultPlace({ queueUrl: queueUrl() });
  });
  afterEach(() => place.close());

  const upload = (name: string, generation: number, rows = ROWS) =>
    place.upload(name, smallPackage(name, rowsOf(generation, rows)));

  it(
    'E3: a worker that is killed at random points loses nothing, doubles nothing and leaves no file',
    async () => {
      let worker = await place.start();
      for (let generation = 1; generation <= KILLS; generation += 1) {
        const load = await place.request(await upload('killed', generation));
        const point = AT_WORK[Math.floor(Math.random() * AT_WORK.length)] ?? 'initializing';
        await place.until(load.id, ({ status }) => indexOf(status) >= indexOf(point));
        await worker.end('SIGKILL');
        const after = await place.served('killed');
        // whole: the generation before, or this one when it was published already
        const whole = [generation - 1, generation].map((known) => [ROWS, ROWS * known]);
        if (generation > 1 || after !== undefined) expect(whole).toContainEqual(after);
        await place.takeBack();
        worker = await place.start();
        const { status, attempt } = await place.ended(load.id);
        tellProgress(`kill ${generation} of ${KILLS}, at ${point}: ${status} with attempt ${attempt}`);
        expect({ point, status }).toEqual({ point, status: 'done' });
        expect(attempt).toBeLessThanOrEqual(2);
        expect(await place.served('killed')).toEqual([ROWS, ROWS * generation]);
      }
      expect(await place.leftovers('killed')).toEqual([]);
    },
    KILLS * 60_000,
  );

  it('E3: a worker that was stopped while another finished its load loses as a stale attempt', async () => {
    const datapackage = await place.uploadGated('stopped');
    const first = await place.start();
    place.gate.shut(`year,region,amount\n${rowsOf(1, 100)}`);
    const { id } = await place.request(datapackage);
    await place.gate.asked();
    first.signal('SIGSTOP');
    await place.takeBack();
    place.gate.open({ all: false });
    const second = await place.start();
    expect(await place.ended(id)).toMatchObject({ status: 'done', attempt: 2 });
    const published = await place.registry.findPackage((await place.findLoad(id)).packageId ?? '');
    first.signal('SIGCONT');
    place.gate.open();
    await first.logged('stale attempt');
    expect(await place.registry.findPackage(published?.id ?? '')).toEqual(published);
    expect(await place.served('stopped')).toEqual([100, 100]);
    expect(await place.leftovers('stopped')).toEqual([]);
    for (const worker of [first, second]) expect(await worker.health('/livez')).toBe(200);
  });

  it('E8: a database that goes away in the middle of a load and comes back costs an attempt, and no restart', async () => {
    const datapackage = await place.uploadGated('database');
    const worker = await place.start();
    place.gate.shut(`year,region,amount\n${rowsOf(1, 100)}`);
    const { id } = await place.request(datapackage);
    await place.gate.asked();
    await place.databaseProxy.cut();
    while ((await worker.health('/readyz')) !== 503) expect(await worker.health('/livez')).toBe(200);
    place.gate.open();
    await place.databaseProxy.restore();
    while ((await worker.health('/readyz')) !== 200) expect(await worker.health('/livez')).toBe(200);
    await place.takeBack();
    expect(await place.ended(id)).toMatchObject({ status: 'done' });
    expect(await place.served('database')).toEqual([100, 100]);
    expect(await place.leftovers('database')).toEqual([]);
  });

  it('E6: a queue that was away brings the load when it is back, to the worker that was there', async () => {
    const proxy = place.queueProxy ?? place.databaseProxy;
    const worker = await place.start();
    await proxy.cut();
    while ((await worker.health('/readyz')) !== 503) expect(await worker.health('/livez')).toBe(200);
    const load = await place.request(await upload('queue', 1, 100));
    await proxy.restore();
    expect(await place.ended(load.id)).toMatchObject({ status: 'done', attempt: 1 });
  });

  it('E8: an object store that is away for a moment costs attempts, and old data stays', async () => {
    const datapackage = await place.uploadGated('store');
    await place.start();
    place.gate.shut(`year,region,amount\n${rowsOf(1, 100)}`);
    place.gate.open();
    await place.ended((await place.request(datapackage)).id);
    place.gate.shut(`year,region,amount\n${rowsOf(2, 100)}`);
    const { id } = await place.request(datapackage);
    await place.gate.asked();
    const files = join(place.folder, 'files');
    await rename(files, `${files}-away`);
    await writeFile(files, 'not a folder');
    place.gate.open();
    await place.until(id, ({ status }) => status === 'saving-metadata' || status === 'loading-data');
    await rm(files);
    await rename(`${files}-away`, files);
    expect(await place.ended(id)).toMatchObject({ status: 'done' });
    expect(await place.served('store')).toEqual([100, 200]);
    expect(await place.leftovers('store')).toEqual([]);
  });

  it('E5: a full disk fails the load with its reason, keeps the old data, and the worker goes on', async () => {
    const worker = await place.start({ largestFileKilobytes: 256 });
    const small = await upload('full', 1, 10);
    await place.ended((await place.request(small)).id);
    const noise = Array.from({ length: 60_000 }, (_, row) => `2014,${Math.random()}-${row},1\n`).join('');
    const load = await place.request(await place.upload('full', smallPackage('full', noise)));
    expect(await place.ended(load.id)).toMatchObject({
      ...{ status: 'fail', code: 'disk_full', attempt: 1 },
      error: expect.stringContaining('no room left'),
    });
    expect(await place.served('full')).toEqual([10, 10]);
    expect(await place.leftovers('full')).toEqual([]);
    const next = await place.request(await upload('next', 1, 10));
    expect(await place.ended(next.id)).toMatchObject({ status: 'done' });
    expect(await worker.health('/livez')).toBe(200);
  });
}

describe('faults with the queue in PostgreSQL', () => faultSuite(() => undefined));

/** A database of the Redis server that no other test uses: services have no prefix for their queues. */
function ownRedis(): string {
  const url = new URL(testRedisUrl() ?? '');
  url.pathname = '/9';
  return url.href;
}

describeWith(testRedisUrl())('faults with the queue in Redis', () => faultSuite(ownRedis));
