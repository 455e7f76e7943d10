import { gzipSync } from 'node:zlib';
import { createMongoDataSets, createPostgresDataSets } from '@flyloft/data-sets';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { type App, administratorToken, appWith, createDataSet, ENGINES, issuer } from './harness.ts';

for (const engine of ENGINES) {
  engine.describe(`POST /data/{group}/{type} on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: App;
    let set: Awaited<ReturnType<typeof createDataSet>>;
    const post = (body: string, token = set.token) =>
      request(app)
        .post(set.path)
        .set('Authorization', `Bearer ${token}`)
        .set('Content-Type', 'application/json')
        .send(body);
    const stored = async (name = set.name) => {
      const dataSet = await running.dataSets.catalogue.findByName(name);
      if (dataSet === undefined) throw new Error('no such data set');
      return running.dataSets.store.find(dataSet, { filters: [], inclusive: false, limit: 1_000 });
    };

    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
    });
    beforeAll(async () => {
      set = await createDataSet(app);
    });
    afterAll(() => running.stop());

    it('200: stores an object or a list, and an empty list is no change', async () => {
      const own = await createDataSet(app);
      const send = (body: unknown) =>
        request(app)
          .post(own.path)
          .set('Authorization', `Bearer ${own.token}`)
          .send(body as object);
      const answer = await send({ _timestamp: '2014-01-06T00:00:00Z', nn: 1 }).expect(200);
      expect(answer.text).toBe('{\n  "status": "ok"\n}');
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.headers['cache-control']).toBe('no-cache');
      await send([{ nn: 2 }, { nn: 3 }]).expect(200);
      await send([]).expect(200);
      expect((await stored(own.name)).map(({ nn }) => nn)).toEqual([1, 2, 3]);
    });

    it('200: replaces a record whole by its _id, the last of a batch winning', async () => {
      const own = await createDataSet(app);
      const send = (body: object) =>
        request(app).post(own.path).set('Authorization', `Bearer ${own.token}`).send(body).expect(200);
      await send([
        { _id: 'a', old: 'gone', nn: 1 },
        { _id: 'b', nn: 9 },
      ]);
      await send([
        { _id: 'a', nn: 2 },
        { _id: 'a', nn: 3 },
      ]);
      expect(await stored(own.name)).toMatchObject([{ _id: 'a', nn: 3 }, { _id: 'b' }]);
      expect((await stored(own.name))[0]).not.toHaveProperty('old');
    });

    it('answers in the bytes and headers of the original: outcomes are not kept, refusals at the door say nothing of it', async () => {
      const stored = await post('{"nn":1}').expect(200);
      expect(stored.text).toBe('{\n  "status": "ok"\n}');
      expect(stored.headers).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'no-cache',
        'content-length': '20',
      });
      expect(stored.headers['access-control-allow-origin']).toBeUndefined();
      const compact = await post('{"nn":1}').set('X-Requested-With', 'XMLHttpRequest').expect(200);
      expect(compact.text).toBe('{"status":"ok"}');
      const refused = await post('{"é1":1}').expect(400);
      expect(refused.text).toContain('"\\u00e91 is not a valid key"');
      expect(refused.headers['cache-control']).toBe('no-cache');
      const stranger = await post('{}').set('Authorization', 'Bearer wrong').expect(401);
      expect(stranger.text).toMatch(
        /^\{\n {2}"code": "token_invalid",\n {2}"message": .*,\n {2}"status": "error"\n\}$/,
      );
      expect(stranger.headers['cache-control']).toBeUndefined();
    });

    it('200: takes gzip', async () => {
      await request(app)
        .post(set.path)
        .set('Authorization', `Bearer ${set.token}`)
        .set('Content-Type', 'application/json; charset=utf-8')
        .set('Content-Encoding', 'gzip')
        .serialize((body) => body)
        .send(gzipSync('{"zipped":true}'))
        .expect(200);
      expect(await stored()).toContainEqual(expect.objectContaining({ zipped: true }));
    });

    it('400: refuses a whole batch, says which record, which key and why, and stores nothing', async () => {
      const own = await createDataSet(app);
      const answer = await request(app)
        .post(own.path)
        .set('Authorization', `Bearer ${own.token}`)
        .send([{ fine: 1 }, { _foo: 1 }, { 'bad-key': 1 }, { list: [] }, { _timestamp: 'soon' }])
        .expect(400);
      expect(answer.body.messages).toEqual([
        'the _timestamp must be a date in the format yyyy-MM-ddT00:00:00Z',
        '_foo is not a recognised internal field',
        'bad-key is not a valid key',
        'list has an invalid value',
        '_timestamp is not a valid datetime object',
      ]);
      expect(answer.body).not.toHaveProperty('status');
      expect(answer.body.errors_total).toBe(5);
      expect(answer.body.errors[1]).toEqual({
        record: 1,
        key: '_foo',
        code: 'unrecognised_internal_field',
        message: '_foo is not a recognised internal field',
      });
      expect(await stored(own.name)).toEqual([]);
    });

    it.each([
      ['{"a', /^Error parsing JSON: "/],
      ['{"nn": NaN}', /^Error parsing JSON: "/],
      ['', /^Expected JSON request body but received zero bytes\.$/],
    ])('400: refuses the body %j', async (body, message) => {
      const answer = await post(body).expect(400);
      expect(answer.body.status).toBe('error');
      expect(answer.body.message).toMatch(message);
    });

    it.each(['__proto__', 'constructor', 'prototype'])('400: refuses the key %s', async (key) => {
      const answer = await post(`{"${key}": {"polluted": true}}`).expect(400);
      expect(answer.body.messages).toEqual([`${key} is not a valid key`]);
      expect({}).not.toHaveProperty('polluted');
    });

    it('400: refuses what is no record', async () => {
      expect((await post('[1, "two", null]').expect(400)).body.messages).toHaveLength(3);
      expect((await post('null').expect(400)).body.messages[0]).toContain('Content-type: application/json');
    });

    it('400: refuses another content type in the words of the original', async () => {
      const answer = await request(app)
        .post(set.path)
        .set('Authorization', `Bearer ${set.token}`)
        .set('Content-Type', 'application/vnd.api+json')
        .send('{}')
        .expect(400);
      expect(answer.body).toEqual({
        messages: ["ValidationError('Expected header: Content-type: application/json',)"],
      });
    });

    it('400: refuses a body that is not gzip though it says so', async () => {
      await post('{"nn":1}').set('Content-Encoding', 'gzip').expect(400);
    });

    it('401: without Authorization, before the body is looked at', async () => {
      const answer = await request(app).post(set.path).send('{').expect(401);
      expect(answer.body).toMatchObject({
        status: 'error',
        message: 'Expected header of form: Authorization: Bearer <token>',
      });
      expect(answer.headers['www-authenticate']).toBe('bearer');
    });

    it.each([
      ['Bearer wrong', 'wrong'],
      ['bearer wrong', 'None'],
      ['Basic dTpw', 'None'],
      [`Bearer ${'x'.repeat(101)}`, 'xxxxxxxx'],
    ])('401: names the token of "%s"', async (header, named) => {
      const answer = await request(app)
        .post(set.path)
        .set('Authorization', header)
        .send({ nn: 1 })
        .expect(401);
      expect(answer.body.message).toBe(`Unauthorized: Invalid bearer token '${named}' for '${set.name}'`);
      expect(answer.headers['www-authenticate']).toBe('bearer');
    });

    it('401: for the token of another data set, and for a service token without write', async () => {
      const other = await createDataSet(app);
      await post('{"nn":1}', other.token).expect(401);
      await post('{"nn":1}', administratorToken).expect(401);
    });

    it('200: a service token with write may write wherever the own token may', async () => {
      await post('{"by":"service"}', issuer.serviceToken({ permissions: { write: true } })).expect(200);
    });

    it('401: no bearer token matches a data set that has none', async () => {
      const closed = await createDataSet(app, { bearer_token: null });
      for (const sent of ['', 'null', 'None']) {
        await request(app)
          .post(closed.path)
          .set('Authorization', `Bearer ${sent}`)
          .send({ nn: 1 })
          .expect(401);
      }
    });

    it('404: unknown data set, whoever asks', async () => {
      const answer = await request(app).post('/data/un/known').send({}).expect(404);
      expect(answer.body).toMatchObject({ status: 'error', message: 'Could not find data_set_config' });
      await request(app).post('/data/un%00known/x').send({}).expect(404);
    });

    it('405 and 404: of paths, in the words of the original', async () => {
      const wrongMethod = await request(app).get(set.path).expect(405);
      expect(wrongMethod.headers.allow).toBe('POST, PUT, OPTIONS');
      expect(wrongMethod.body.message).toBe('The method is not allowed for the requested URL.');
      const unknown = await request(app).get('/nowhere/at/all').expect(404);
      expect(unknown.body.message).toMatch(/^The requested URL was not found on the server\. {2}If/);
    });

    it('413: a plain body over the limit, and a small gzip of a large one', async () => {
      const small = appWith(running.dataSets, { maxJsonBytes: 1_000 });
      const send = (target: App) =>
        request(target)
          .post(set.path)
          .set('Authorization', `Bearer ${set.token}`)
          .set('Content-Type', 'application/json');
      const plain = await send(small).send(JSON.stringify({ text: 'x'.repeat(1_000) }));
      expect([plain.status, plain.body.status]).toEqual([413, 'error']);
      const bomb = gzipSync(Buffer.alloc(11 * 1024 * 1024, ' '));
      const zipped = await send(app)
        .set('Content-Encoding', 'gzip')
        .serialize((body) => body)
        .send(bomb);
      expect([zipped.status, zipped.body.status]).toEqual([413, 'error']);
    });

    it('keeps every record of many first writers at once', async () => {
      const own = await createDataSet(app);
      const writers = Array.from({ length: 20 }, (_, index) =>
        request(app)
          .post(own.path)
          .set('Authorization', `Bearer ${own.token}`)
          .send([
            { _id: `r${index}`, [`key_${index}`]: index },
            { _id: 'shared', last: index },
          ]),
      );
      const answers = await Promise.all(writers);
      expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
      const records = await stored(own.name);
      expect(records).toHaveLength(21);
      for (const index of Array(20).keys()) {
        expect(records).toContainEqual(
          expect.objectContaining({ _id: `r${index}`, [`key_${index}`]: index }),
        );
      }
    });

    it('lets batches that overlap in opposite orders both through', async () => {
      const own = await createDataSet(app);
      const batch = Array.from({ length: 200 }, (_, index) => ({ _id: `r${index}`, nn: index }));
      const reversed = [...batch].reverse().map((record) => ({ ...record, text: 'reversed' }));
      const answers = await Promise.all(
        [batch, reversed, batch, reversed, batch, reversed].map((body) =>
          request(app).post(own.path).set('Authorization', `Bearer ${own.token}`).send(body),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
      expect(await stored(own.name)).toHaveLength(200);
    });
  });
}

// Ports that nothing listens on.
const ABSENT = [
  ['PostgreSQL', createPostgresDataSets({ connectionString: 'postgres://nobody@127.0.0.1:1/none' })],
  ['MongoDB', createMongoDataSets({ url: 'mongodb://127.0.0.1:1/none?serverSelectionTimeoutMS=200' })],
] as const;

describe.each(ABSENT)('write-api while %s is down', (_name, dataSets) => {
  const app = appWith(dataSets);
  afterAll(() => dataSets.close());

  it('503: says so in the form of the endpoint, and is not ready, but lives', async () => {
    const answer = await request(app).post('/data/any/set').send({ nn: 1 }).expect(503);
    expect(answer.body).toMatchObject({ status: 'error', message: 'The database does not answer' });
    expect(answer.headers['retry-after']).toBe('5');
    const listing = request(app).get('/data-sets').set('Authorization', `Bearer ${administratorToken}`);
    expect((await listing.expect(503)).body.code).toBe('unavailable');
    await request(app).get('/readyz').expect(503);
    await request(app).get('/livez').expect(200);
  });
});
