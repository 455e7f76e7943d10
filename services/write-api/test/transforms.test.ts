import type { TransformCall } from '@flyloft/data-sets';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import request from 'supertest';
import {
  ADMIN_TOKEN,
  type App,
  administratorToken,
  appWith,
  createDataSet,
  ENGINES,
  issuer,
} from './harness.ts';

const WEEKLY = {
  type: 'aggregate',
  'query-parameters': { period: 'week', collect: ['nn:sum'] },
  output: { 'data-type': 'weekly' },
};
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

for (const { name, describe, start } of ENGINES) {
  describe(`transforms by HTTP on ${name}`, () => {
    let engine: Awaited<ReturnType<typeof start>>;
    let app: App;
    const calls: TransformCall[] = [];
    beforeAll(async () => {
      engine = await start();
      app = appWith(engine.dataSets, { callTransforms: (made) => calls.push(...made) });
    });
    afterAll(() => engine.stop());
    beforeEach(() => {
      calls.length = 0;
    });

    const put = (dataSet: string, body: object, token = administratorToken, at = app) =>
      request(at).put(`/data-sets/${dataSet}/transforms`).set(bearer(token)).send(body);
    const get = (dataSet: string, token = ADMIN_TOKEN) =>
      request(app).get(`/data-sets/${dataSet}/transforms`).set(bearer(token));

    it('200: puts a list, answers it with its status, and takes back what it answered', async () => {
      const dataSet = await createDataSet(app);
      const { body } = await put(dataSet.name, [
        { ...WEEKLY, type: { function: 'backdrop.transformers.tasks.user_satisfaction.compute' } },
        { ...WEEKLY, every_seconds: 60, 'query-parameters': { period: 'week', duration: 2 } },
      ]).expect(200);
      expect(body).toMatchObject([
        {
          ...{ type: { function: 'user_satisfaction' }, output: WEEKLY.output, after_writes: true },
          status: { pending: false, last_run_at: null, last_success_at: null, last_error: null, failures: 0 },
        },
        { type: { function: 'aggregate' }, every_seconds: 60 },
      ]);
      expect((await get(dataSet.name).expect(200)).body).toEqual(body);
      expect((await put(dataSet.name, body).expect(200)).body).toEqual(body);
      await put(dataSet.name, []).expect(200, []);
    });

    it('400: says which transform is wrong and why, and changes nothing', async () => {
      const dataSet = await createDataSet(app);
      await put(dataSet.name, [WEEKLY]).expect(200);
      const bad = { ...WEEKLY, 'query-parameters': { period: 'fortnight' } };
      const { body } = await put(dataSet.name, [WEEKLY, bad]).expect(400);
      expect(body.errors).toEqual([
        { pointer: '/1', detail: expect.stringContaining("'period' must be one of") },
      ]);
      for (const wrong of [{}, [1], [{ ...WEEKLY, type: 'mapping' }], [{ type: 'rate', output: {} }]]) {
        await put(dataSet.name, wrong).expect(400);
      }
      expect((await get(dataSet.name)).body).toHaveLength(1);
    });

    it('400: refuses what would feed itself, also through others', async () => {
      const [first, second] = [await createDataSet(app), await createDataSet(app)];
      const into = (group: string) => ({ ...WEEKLY, output: { 'data-group': group, 'data-type': 'events' } });
      const { body } = await put(first.name, [into(first.group)]).expect(400);
      expect(body.detail).toContain('would feed itself');
      await put(first.name, [into(second.group)]).expect(200);
      await put(second.name, [into(first.group)]).expect(400);
    });

    it('401, 403, 404: only administrators change, and only what is there', async () => {
      const dataSet = await createDataSet(app);
      await put(dataSet.name, [], 'nonsense').expect(401);
      await put(dataSet.name, [], issuer.serviceToken({ permissions: { write: true } })).expect(403);
      await get(dataSet.name, 'nonsense').expect(401);
      await put('not_there', []).expect(404);
      await get('not_there').expect(404);
    });

    it('422: without a queue transforms are refused, and writes go on', async () => {
      const alone = appWith(engine.dataSets);
      const dataSet = await createDataSet(alone);
      const { body } = await put(dataSet.name, [WEEKLY], administratorToken, alone).expect(422);
      expect(body.detail).toContain('has no queue');
      await request(alone).post(dataSet.path).set(bearer(dataSet.token)).send({ nn: 1 }).expect(200);
    });

    it('notes a write before it is acknowledged, and calls for it once', async () => {
      const dataSet = await createDataSet(app);
      await put(dataSet.name, [WEEKLY]).expect(200);
      const post = (body: object) =>
        request(app).post(dataSet.path).set(bearer(dataSet.token)).send(body).expect(200);
      // No timestamp, no transform.
      await post({ nn: 1 });
      expect(calls).toEqual([]);
      await post([{ _timestamp: '2014-01-20' }, { _timestamp: '2014-01-06' }]);
      await post({ _timestamp: '2014-02-03' });
      const [listed] = (await get(dataSet.name)).body;
      expect(listed.status.pending).toBe(true);
      expect(calls).toEqual([{ id: listed.id, version: 1 }]);
      expect(await engine.dataSets.transforms.begin(listed.id)).toMatchObject({
        ...{ isPending: true, depth: 0 },
        range: { from: new Date('2014-01-06'), to: new Date('2014-02-03') },
      });
    });

    it('200 and 400: runs transforms for a time that is asked for', async () => {
      const dataSet = await createDataSet(app);
      await put(dataSet.name, [WEEKLY]).expect(200);
      const post = (body: object) =>
        request(app).post(`${dataSet.path}/transform`).set(bearer(dataSet.token)).send(body);
      await post({ _start_at: '2014-01-06', _end_at: '2014-01-20T10:00:00+01:00' }).expect(200, {
        status: 'ok',
      });
      const [call] = calls;
      expect((await engine.dataSets.transforms.begin(call?.id ?? ''))?.range).toEqual({
        ...{ from: new Date('2014-01-06'), to: new Date('2014-01-20T09:00:00Z') },
      });
      const refusals = [
        [{}, 'You must specify a _start_at timestamp'],
        [[], 'You must specify a _start_at timestamp'],
        [{ _start_at: 'x' }, '_start_at is not a valid datetime'],
        [{ _start_at: '2014-01-06', _end_at: 7 }, '_end_at is not a valid datetime'],
        [{ _start_at: '2014-01-06', _end_at: '2014-01-05' }, '_end_at is before _start_at'],
      ] as const;
      for (const [body, message] of refusals) {
        expect((await post(body).expect(400)).body).toMatchObject({ status: 'error', message });
      }
      await request(app).post(`${dataSet.path}/transform`).send({}).expect(401);
      const { body } = await request(appWith(engine.dataSets))
        .post(`${dataSet.path}/transform`)
        .set(bearer(dataSet.token))
        .send({ _start_at: '2014-01-06' })
        .expect(422);
      expect(body.message).toContain('no queue');
    });

    it('a changed record counts where it was and where it is; a write by name counts not at all', async () => {
      const dataSet = await createDataSet(app);
      await put(dataSet.name, [WEEKLY]).expect(200);
      await request(app)
        .post(`/${dataSet.name}`)
        .set(bearer(dataSet.token))
        .send({ _id: 'a1', _timestamp: '2014-01-06' })
        .expect(200);
      expect(calls).toEqual([]);
      await request(app)
        .patch(`${dataSet.path}/a1`)
        .set(bearer(dataSet.token))
        .send({ _timestamp: '2014-01-20' })
        .expect(200);
      expect(await engine.dataSets.transforms.begin(calls[0]?.id ?? '')).toMatchObject({
        range: { from: new Date('2014-01-06'), to: new Date('2014-01-20') },
      });
    });

    it('refused records call nothing', async () => {
      const dataSet = await createDataSet(app);
      await put(dataSet.name, [WEEKLY]).expect(200);
      await request(app).post(dataSet.path).set(bearer(dataSet.token)).send({ _timestamp: 'x' }).expect(400);
      expect((await get(dataSet.name)).body[0].status.pending).toBe(false);
    });
  });
}
