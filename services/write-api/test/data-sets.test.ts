import { foldPhrase, phraseKey, refuseWords } from '@flyloft/common';
import { checkForgedTokens } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import {
  ADMIN_TOKEN,
  type App,
  administratorToken,
  appWith,
  createDataSet,
  ENGINES,
  issuer,
  newGroup,
} from './harness.ts';

const readerToken = issuer.serviceToken({ permissions: {} });

function nested(levels: number): object {
  return levels === 0 ? {} : { unknown: nested(levels - 1) };
}

for (const engine of ENGINES) {
  engine.describe(`/data-sets on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: App;
    const create = (body: object, token = administratorToken) =>
      request(app).post('/data-sets').set('Authorization', `Bearer ${token}`).send(body);
    const get = (path: string, token = readerToken) =>
      request(app).get(path).set('Authorization', `Bearer ${token}`);
    const patch = (path: string, body: object, token = administratorToken) =>
      request(app).patch(path).set('Authorization', `Bearer ${token}`).send(body);
    const rotate = (path: string, token = administratorToken) =>
      request(app).post(path).set('Authorization', `Bearer ${token}`);
    const remove = (path: string, token = administratorToken) =>
      request(app).delete(path).set('Authorization', `Bearer ${token}`);

    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
    });
    afterAll(() => running.stop());

    it('refuses listed words in names, and in the title and description of a schema', async () => {
      const list = {
        blocked: new Set([phraseKey(foldPhrase('darn'))]),
        allowed: new Set<string>(),
        longest: 1,
      };
      const moderation = {
        refuseWords: (texts: Record<string, string | undefined>) => refuseWords(texts, list),
      };
      app = appWith(running.dataSets, { moderation });
      const group = newGroup();
      const refused = await create({ data_group: group, data_type: 'darn-data' }).expect(400);
      expect(refused.body).toMatchObject({
        code: 'words_not_allowed',
        errors: [{ pointer: '/name' }, { pointer: '/data_type', position: 0, phrase: 'darn' }],
      });
      const { name } = await createDataSet(app);
      const body = { schema: { type: 'object', title: 'Fine', description: 'A darn set' } };
      const changed = await patch(`/data-sets/${name}`, body).expect(400);
      expect(changed.body.errors).toMatchObject([{ pointer: '/schema/description', position: 2 }]);
      await create({ data_group: group, data_type: 'darned' }).expect(201);
      app = appWith(running.dataSets);
    });

    it('201: creates with the defaults, and shows the generated token this once', async () => {
      const group = newGroup();
      const { body, headers } = await create({ data_group: group, data_type: 'by-day' }).expect(201);
      const name = `${group}_by_day`.replaceAll('-', '_');
      const { bearer_token: token, ...configuration } = body;
      expect(token).toMatch(/^[a-z2-9]{64}$/);
      expect(headers.location).toBe(`/data-sets/${name}`);
      expect(configuration).toEqual({
        name,
        data_group: group,
        data_type: 'by-day',
        raw_queries_allowed: true,
        queryable: true,
        realtime: false,
        capped_size: null,
        max_age_expected: 86_400,
        published: false,
        auto_ids: null,
        upload_format: 'csv',
        upload_filters: [],
        schema: null,
        restricted: false,
      });
      expect((await get(`/data-sets/${name}`).expect(200)).body).toEqual(configuration);
      expect((await get(`/data-sets?data-group=${group}&data-type=by-day`).expect(200)).body).toEqual([
        configuration,
      ]);
      expect((await get('/data-sets').expect(200)).text).not.toContain(token);
    });

    it('201: a given token is not shown, and the static token may create', async () => {
      const answer = await create(
        { data_group: newGroup(), data_type: 'events', bearer_token: 'given' },
        ADMIN_TOKEN,
      );
      expect([answer.status, answer.body.bearer_token]).toEqual([201, undefined]);
    });

    it.each([
      [{ data_type: 'events' }, '/data_group'],
      [{ data_group: 'Upper', data_type: 'events' }, '/data_group'],
      [{ data_group: 'a'.repeat(61), data_type: 'events' }, '/data_group'],
      [{ data_group: 'good', data_type: 'events', name: 'data' }, '/name'],
      [{ data_group: 'good', data_type: 'events', name: '_hidden' }, '/name'],
      [{ data_group: 'good', data_type: 'events', name: 'x' }, '/name'],
      [{ data_group: '2014', data_type: 'events' }, '/name'],
      [{ data_group: 'good', data_type: 'events', published: 'yes' }, '/published'],
      [{ data_group: 'good', data_type: 'events', auto_ids: ['bad-key'] }, '/auto_ids'],
      [{ data_group: 'good', data_type: 'events', capped_size: 0 }, '/capped_size'],
      [{ data_group: 'good', data_type: 'events', schema: { type: 'strnig' } }, '/schema'],
      [{ data_group: 'good', data_type: 'events', schema: { $ref: 'http://127.0.0.1/x' } }, '/schema'],
      [{ data_group: 'good', data_type: 'events', schema: { pattern: '(' } }, '/schema'],
      [{ data_group: 'good', data_type: 'events', schema: { title: '\0' } }, '/schema'],
      [{ data_group: 'good', data_type: 'events', schema: nested(60) }, '/schema'],
      [{ data_group: 'good', data_type: 'events', upload_filters: ['os.system'] }, '/upload_filters'],
    ])('400: %j is refused, naming %s', async (body, pointer) => {
      const answer = await create(body).expect(400);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.body.errors[0].pointer).toBe(pointer);
    });

    it('400: unknown fields, no JSON, and half a pair', async () => {
      const unknown = await create({ data_group: 'good', data_type: 'events', colour: 'red' }).expect(400);
      expect(unknown.text).toContain('colour');
      const text = request(app).post('/data-sets').set('Authorization', `Bearer ${administratorToken}`);
      await text.set('Content-Type', 'text/plain').send('data_group=good').expect(400);
      const post = request(app).post('/data-sets').set('Authorization', `Bearer ${administratorToken}`);
      const broken = await post.set('Content-Type', 'application/json').send('{"data_group"').expect(400);
      expect(broken.body.code).toBe('invalid_json');
      await get('/data-sets?data-group=a').expect(400);
      await get('/data-sets?colour=red').expect(400);
    });

    it('409: a name or a pair that is taken, also when two ask at once', async () => {
      const group = newGroup();
      const both = await Promise.all([1, 2].map(() => create({ data_group: group, data_type: 'events' })));
      expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
      await create({ data_group: group, data_type: 'events', name: 'another_name' }).expect(409);
      const name = `${group}_events`.replaceAll('-', '_');
      await create({ data_group: newGroup(), data_type: 'events', name }).expect(409);
    });

    it('401 and 403: strangers, and tokens without admin', async () => {
      await request(app).get('/data-sets').expect(401);
      await request(app).post('/data-sets').send({}).expect(401);
      await create({ data_group: 'good', data_type: 'events' }, readerToken).expect(403);
      await get('/data-sets', `${ADMIN_TOKEN}x`).expect(401);
      await get('/data-sets', ADMIN_TOKEN).expect(200);
    });

    it('404: an unknown name; an unknown pair is an empty list', async () => {
      await get('/data-sets/nothing_here').expect(404);
      await get('/data-sets/nothing%00here').expect(404);
      expect((await get('/data-sets?data-group=un&data-type=known').expect(200)).body).toEqual([]);
    });

    it('200: deletes records and configuration, and a new one of the name starts empty', async () => {
      const set = await createDataSet(app);
      const send = (token: string) =>
        request(app).post(set.path).set('Authorization', `Bearer ${token}`).send({ _id: 'old', nn: 1 });
      await send(set.token).expect(200);
      const answer = await remove(`/data-sets/${set.name}`).expect(200);
      expect(answer.body).toEqual({ status: 'ok', message: `Deleted ${set.name}` });
      await get(`/data-sets/${set.name}`).expect(404);
      await send(set.token).expect(404);
      const again = await create({ data_group: set.group, data_type: 'events' }).expect(201);
      const dataSet = await running.dataSets.catalogue.findByName(again.body.name);
      if (dataSet === undefined) throw new Error('not created');
      const query = { filters: [], inclusive: false, limit: 10 };
      expect(await running.dataSets.store.find(dataSet, query)).toEqual([]);
    });

    it('200 and 404: keep=config and the static token drop records alone, and only if there are any', async () => {
      for (const [suffix, token] of [
        ['?keep=config', administratorToken],
        ['', ADMIN_TOKEN],
      ] as const) {
        const set = await createDataSet(app);
        const post = request(app).post(set.path).set('Authorization', `Bearer ${set.token}`);
        await post.send({ nn: 1 }).expect(200);
        await remove(`/data-sets/${set.name}${suffix}`, token).expect(200);
        const empty = await remove(`/data-sets/${set.name}${suffix}`, token).expect(404);
        expect(empty.body.message).toBe(`No collection exists with name "${set.name}"`);
        await get(`/data-sets/${set.name}`).expect(200);
      }
    });

    it('401, 403, 404, 400: deletion in the words of the original', async () => {
      const unauthorised = await request(app).delete('/data-sets/some_name').expect(401);
      expect(unauthorised.body.message).toBe('Unauthorized: invalid or no token given for "some_name".');
      expect(unauthorised.body.status).toBe('error');
      await remove('/data-sets/some_name', readerToken).expect(403);
      const unknown = await remove('/data-sets/some_name').expect(404);
      expect(unknown.body.message).toBe('No collection exists with name "some_name"');
      await remove('/data-sets/some_name?keep=everything').expect(400);
    });

    it('200: PATCH changes anything but names, and forgets nothing else', async () => {
      const set = await createDataSet(app, { auto_ids: ['aa'] });
      const schema = { type: 'object', required: ['_timestamp'] };
      const answer = await patch(`/data-sets/${set.name}`, { published: true, schema, restricted: true });
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ auto_ids: ['aa'], published: true, schema, restricted: true });
      expect((await get(`/data-sets/${set.name}`)).body).toEqual(answer.body);
      expect((await patch(`/data-sets/${set.name}`, {})).body).toEqual(answer.body);
      const write = request(app).post(set.path).set('Authorization', `Bearer ${set.token}`);
      expect((await write.send({ aa: 1 })).body.messages).toEqual(["'_timestamp' is a required property"]);
    });

    it('200: PATCH of the size drops the oldest records at once', async () => {
      const set = await createDataSet(app);
      const post = (body: object) =>
        request(app).post(set.path).set('Authorization', `Bearer ${set.token}`).send(body).expect(200);
      await post({ _id: 'old', text: 'x'.repeat(500) });
      await post({ _id: 'new', text: 'x'.repeat(500) });
      expect((await patch(`/data-sets/${set.name}`, { capped_size: 900 })).status).toBe(200);
      const dataSet = await running.dataSets.catalogue.findByName(set.name);
      const query = { filters: [], inclusive: false, limit: 10 };
      expect(dataSet && (await running.dataSets.store.find(dataSet, query))).toMatchObject([{ _id: 'new' }]);
    });

    it('200: a new token by PATCH ends the old one, null ends all', async () => {
      const set = await createDataSet(app);
      const write = (token: string) =>
        request(app).post(set.path).set('Authorization', `Bearer ${token}`).send({ nn: 1 });
      expect((await patch(`/data-sets/${set.name}`, { bearer_token: 'given' })).text).not.toContain('given');
      expect([(await write('given')).status, (await write(set.token)).status]).toEqual([200, 401]);
      await patch(`/data-sets/${set.name}`, { bearer_token: null });
      expect((await write('given')).status).toBe(401);
    });

    it('200: rotates the token; the one before works during its grace period alone', async () => {
      const set = await createDataSet(app);
      const write = (token: string) =>
        request(app).post(set.path).set('Authorization', `Bearer ${token}`).send({ nn: 1 });
      const rotated = await rotate(`/data-sets/${set.name}/rotate-token?grace=60`).expect(200);
      expect(rotated.headers['cache-control']).toBe('no-store');
      const second = rotated.body.bearer_token;
      expect(second).toMatch(/^[a-z2-9]{64}$/);
      expect([(await write(second)).status, (await write(set.token)).status]).toEqual([200, 200]);
      const third = (await rotate(`/data-sets/${set.name}/rotate-token`).expect(200)).body.bearer_token;
      const answers = await Promise.all([third, second, set.token].map(write));
      expect(answers.map(({ status }) => status)).toEqual([200, 401, 401]);
    });

    it('400, 401, 403, 404: changes that cannot be, and strangers', async () => {
      const set = await createDataSet(app);
      for (const [body, pointer] of [
        [{ name: 'other' }, ''],
        [{ data_group: 'other' }, ''],
        [{ schema: { type: 'strnig' } }, '/schema'],
        [{ capped_size: -1 }, '/capped_size'],
        [{ published: null }, '/published'],
      ] as const) {
        const answer = await patch(`/data-sets/${set.name}`, body);
        expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer]);
      }
      for (const grace of ['-1', 'x', '1.5', '99999999']) {
        await rotate(`/data-sets/${set.name}/rotate-token?grace=${grace}`).expect(400);
      }
      await rotate(`/data-sets/${set.name}/rotate-token`, readerToken).expect(403);
      await rotate('/data-sets/nothing_here/rotate-token').expect(404);
      await request(app).post(`/data-sets/${set.name}/rotate-token`).expect(401);
      expect((await patch(`/data-sets/${set.name}`, {}, readerToken)).status).toBe(403);
      expect((await patch('/data-sets/nothing_here', {})).status).toBe(404);
      await request(app).patch(`/data-sets/${set.name}`).send({}).expect(401);
    });

    it('429: writes of one address to one data set, where a limit is set', async () => {
      const limited = appWith(running.dataSets, { writeLimits: [{ requests: 2, seconds: 3_600 }] });
      const [set, other] = [await createDataSet(app), await createDataSet(app)];
      const write = (target: typeof set) =>
        request(limited).post(target.path).set('Authorization', `Bearer ${target.token}`).send({ nn: 1 });
      const first = await write(set).expect(200);
      expect(first.headers).toMatchObject({ 'ratelimit-limit': '2', 'ratelimit-remaining': '1' });
      await write(set).expect(200);
      const refused = await write(set).expect(429);
      expect(refused.body).toMatchObject({ status: 'error', code: 'too_many_requests' });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_000);
      await write(other).expect(200);
    });

    it('D1 D2 D3 D4 D5: 401: every forged token, to administer and to write', async () => {
      const set = await createDataSet(app);
      const write = (token: string) =>
        request(app).post(set.path).set('Authorization', `Bearer ${token}`).send({ nn: 1 });
      await write(issuer.serviceToken({ permissions: { write: true } })).expect(200);
      const check = { issuer, audience: 'data-sets' };
      expect(await checkForgedTokens({ ...check, send: (token) => get('/data-sets', token) })).toEqual([]);
      expect(await checkForgedTokens({ ...check, send: write })).toEqual([]);
    });
  });
}
