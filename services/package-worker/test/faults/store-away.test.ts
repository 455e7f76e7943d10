import { describeWith, type ServiceProcess, type TcpProxy, testS3 } from '@flyloft/testing';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { smallPackage } from '../work-place.ts';
import { type FaultPlace, openFaultPlace, rowsOf } from './fault-place.ts';

const WAITS = 'the load waits for it';

describeWith(testS3()?.endpoint)('a worker whose S3 goes away', () => {
  let place: FaultPlace;
  let proxy: TcpProxy;
  beforeEach(async () => {
    const s3 = testS3();
    place = await openFaultPlace({ s3 });
    if (place.storeProxy === undefined) throw new Error('files are not on S3');
    proxy = place.storeProxy;
  });
  afterEach(() => place.close());

  const upload = (generation: number) => place.upload('away', smallPackage('away', rowsOf(generation, 100)));
  /** Waits for a state of readiness; meanwhile the worker lives. */
  const readiness = async (worker: ServiceProcess, status: number) => {
    while ((await worker.health('/readyz')) !== status) expect(await worker.health('/livez')).toBe(200);
  };

  it('E8: starts without it, waits with the loads that it finds, and does them once it is back', async () => {
    const address = await upload(1);
    await proxy.cut();
    const worker = await place.start({ until: 'live' });
    const { id } = await place.request(address);
    await worker.logged(WAITS);
    expect(await worker.health('/readyz')).toBe(503);
    await proxy.restore();
    expect(await place.ended(id)).toMatchObject({ status: 'done', attempt: 2 });
    await readiness(worker, 200);
    expect(await place.served('away')).toEqual([100, 100]);
    expect(await place.leftovers('away')).toEqual([]);
  });

  it('E8: in the middle of a load: old data is served, the load waits, and is done without a restart', async () => {
    const worker = await place.start();
    await place.ended((await place.request(await upload(1))).id);
    const datapackage = await place.uploadGated('away');
    place.gate.shut(`year,region,amount\n${rowsOf(2, 100)}`);
    const { id } = await place.request(datapackage);
    await place.gate.asked();
    await proxy.cut();
    await readiness(worker, 503);
    place.gate.open();
    await worker.logged(WAITS);
    expect(await place.served('away')).toEqual([100, 100]);
    await proxy.restore();
    expect(await place.ended(id)).toMatchObject({ status: 'done', attempt: 2 });
    expect(await place.served('away')).toEqual([100, 200]);
    expect(await place.leftovers('away')).toEqual([]);
  });

  it('E8: a load that waits for it can be cancelled, and the worker stops cleanly', async () => {
    const worker = await place.start();
    const address = await upload(1);
    await proxy.cut();
    const { id } = await place.request(address);
    await worker.logged(WAITS);
    await place.registry.cancelLoad(id, 'no longer wanted');
    await worker.logged('stale attempt');
    expect(await place.findLoad(id)).toMatchObject({ status: 'fail', code: 'cancelled' });
    await worker.end('SIGTERM');
    await proxy.restore();
    expect(await place.leftovers('away')).toEqual([]);
  });
});
