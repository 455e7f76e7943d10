import { propertyWithin } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import request from 'supertest';
import { type App, appWith, createDataSet, ENGINES } from './harness.ts';

const key = fc.oneof(
  fc.constantFrom(
    '_id',
    '_timestamp',
    '_start_at',
    '_week_start_at',
    '__proto__',
    'toString',
    'nn',
    'x'.repeat(255),
  ),
  fc.string({ maxLength: 4 }),
);
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }),
  fc.constantFrom('0001-01-01', '9999-12-31T23:59:59.999999Z', '2014-02-30', '\0', '\uD800', 1e308, 5e-324),
);
const record = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
const body = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.oneof(record, fc.array(record, { maxLength: 4 })).map((json) => JSON.stringify(json)),
  },
  fc.json(),
  fc.string(),
);

for (const engine of ENGINES) {
  engine.describe(`POST /data/{group}/{type} on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: App;
    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
    });
    afterAll(() => running.stop());

    it('answers 200 or 400 to any body, never a 5xx', async () => {
      const { path, token } = await createDataSet(app);
      await fc.assert(
        propertyWithin(6, body, async (text) => {
          const { status } = await request(app)
            .post(path)
            .set('Authorization', `Bearer ${token}`)
            .set('Content-Type', 'application/json')
            .send(text);
          expect([200, 400]).toContain(status);
        }),
        { numRuns: 300 },
      );
    });

    it('refuses a record that is larger than a document may be, and stores one just below', async () => {
      const { path, token } = await createDataSet(app);
      const post = (record: object) =>
        request(app).post(path).set('Authorization', `Bearer ${token}`).send(record);
      const halves = (length: number) => ({ left: 'x'.repeat(length), right: 'y'.repeat(length) });
      await post(halves(6.9 * 1024 * 1024)).expect(200);
      const answer = await post(halves(7.1 * 1024 * 1024)).expect(400);
      expect(answer.body.messages).toEqual(['right has an invalid value']);
    });
  });
}
