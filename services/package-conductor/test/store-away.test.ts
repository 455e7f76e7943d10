import { ensureBucket } from '@flyloft/object-store';
import { createTcpProxy, describeWith, type ServiceProcess, testS3 } from '@flyloft/testing';
import { expect, it } from '@jest/globals';
import { ANN, announce } from './conductor.ts';
import { openProcessPlace } from './conductor-process.ts';

const s3 = testS3();

describeWith(s3?.endpoint)('a conductor whose S3 is away', () => {
  it('E8: starts, says 503 and when to come again to what needs files, answers the rest, and recovers by itself', async () => {
    if (s3 === undefined) return;
    await ensureBucket(s3);
    const proxy = await createTcpProxy(s3.endpoint, { cut: true });
    const place = await openProcessPlace();
    const headers = { 'Auth-Token': place.token };
    const ask = (conductor: ServiceProcess, method: string, path: string, body?: object) =>
      fetch(`${conductor.origin}${path}`, {
        ...{ method, headers, redirect: 'manual' },
        ...(body && { body: JSON.stringify(body) }),
      });
    const file = `/files/${ANN}/budget/data.csv`;
    const announced = { metadata: { owner: ANN, name: 'budget' }, filedata: { 'data.csv': announce('1') } };
    try {
      const conductor = await place.start(
        {
          S3_ENDPOINT: new URL(proxy.url).origin,
          S3_BUCKET: s3.bucket,
          S3_ACCESS_KEY_ID: s3.accessKeyId,
          S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
        },
        { until: 'live' },
      );
      const needFiles = [
        () => ask(conductor, 'POST', '/datastore/authorize', announced),
        () => ask(conductor, 'GET', file),
        () => ask(conductor, 'HEAD', file),
      ];
      for (const request of needFiles) {
        const answer = await request();
        expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
        expect(await answer.text()).not.toMatch(/ECONN|127\.0\.0\.1/);
      }
      for (const path of ['/datastore/info', '/search/package', '/package/stats', '/packages']) {
        expect((await ask(conductor, 'GET', path)).status).toBe(200);
      }
      // The load waits for the store in its worker.
      const queued = await place.askToLoad(conductor, 'budget');
      expect([queued.status, await queued.json()]).toMatchObject([200, { status: 'queued' }]);
      expect(await conductor.health('/readyz')).toBe(503);
      expect(await conductor.health('/livez')).toBe(200);

      await proxy.restore();
      while ((await conductor.health('/readyz')) !== 200) conductor.assertRunning();
      expect((await ask(conductor, 'POST', '/datastore/authorize', announced)).status).toBe(200);
      expect((await ask(conductor, 'GET', file)).status).toBe(404);
    } finally {
      await place.close();
      await proxy.close();
    }
  });
});
