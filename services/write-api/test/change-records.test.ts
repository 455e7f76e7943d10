import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { type App, appWith, createDataSet, ENGINES } from './harness.ts';

for (const engine of ENGINES) {
  engine.describe(`changing records on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: App;
    let set: Awaited<ReturnType<typeof createDataSet>>;
    const send = (
      method: 'post' | 'put' | 'patch' | 'delete',
      path: string,
      body?: unknown,
      token = set.token,
    ) => {
      const sent = request(app)[method](path).set('Authorization', `Bearer ${token}`);
      if (body === undefined) return sent;
      return sent
        .set('Content-Type', 'application/json')
        .send(typeof body === 'string' ? body : JSON.stringify(body));
    };
    const stored = async () => {
      const dataSet = await running.dataSets.catalogue.findByName(set.name);
      if (dataSet === undefined) throw new Error('no such data set');
      return running.dataSets.store.find(dataSet, { filters: [], inclusive: false, limit: 1_000 });
    };
    const noRecord = (id: string) => ({ messages: `No record found with id ${id}` });

    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
    });
    beforeAll(async () => {
      set = await createDataSet(app);
    });
    afterAll(() => running.stop());

    it('PATCH 200: merges keys into a record, and moves its periods with its timestamp', async () => {
      const record = { _id: 'a/b+é', _timestamp: '2014-01-06T00:00:00Z', nn: 1, text: 'stays' };
      await send('post', set.path, record).expect(200);
      const path = `${set.path}/${encodeURIComponent('a/b+é')}`;
      const answer = await send('patch', path, { _timestamp: '2014-03-05', nn: null, more: true });
      expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }]);
      expect(answer.headers['cache-control']).toBe('no-cache');
      const [changed] = await stored();
      expect(changed).toMatchObject({ _id: 'a/b+é', nn: null, text: 'stays', more: true });
      expect(changed?._month_start_at).toEqual(new Date('2014-03-01T00:00:00Z'));
      await send('patch', path, { _id: 'a/b+é' }).expect(200);
      await send('patch', path, {}).expect(200);
    });

    it('PATCH 400: a record that is not there, in the words of the original', async () => {
      for (const [path, id] of [
        ['none', 'none'],
        ['%00', '\0'],
        ['%F0%9F%98%80', '\u{1F600}'],
      ]) {
        const answer = await send('patch', `${set.path}/${path}`, { nn: 1 });
        expect([answer.status, answer.body]).toEqual([400, noRecord(String(id))]);
      }
      await send('patch', `${set.path}/%zz`, { nn: 1 }).expect(400);
    });

    it('PATCH 400: checks like POST, and changes nothing', async () => {
      await send('post', set.path, { _id: 'checked', nn: 1 }).expect(200);
      const path = `${set.path}/checked`;
      for (const [body, message] of [
        [{ 'bad-key': 1 }, 'bad-key is not a valid key'],
        [{ list: [] }, 'list has an invalid value'],
        [{ _timestamp: 'soon' }, 'the _timestamp must be a date in the format yyyy-MM-ddT00:00:00Z'],
        [{ _week_start_at: '2014-01-06' }, '_week_start_at is not a recognised internal field'],
        [{ _id: 'other' }, '_id "other" is not the id of this record'],
        ['{"__proto__":{"a":1}}', '__proto__ is not a valid key'],
        [[{ nn: 2 }], 'Each record must be a JSON object'],
        ['5', 'Each record must be a JSON object'],
        ['null', "ValidationError('Expected header: Content-type: application/json',)"],
      ] as const) {
        const answer = await send('patch', path, body);
        expect([answer.status, answer.body.messages?.[0]]).toEqual([400, message]);
      }
      const text = await send('patch', path, 'nn=2').set('Content-Type', 'text/plain');
      expect(text.body.messages).toEqual([
        "ValidationError('Expected header: Content-type: application/json',)",
      ]);
      expect((await send('patch', path, '{')).body.message).toMatch(/^Error parsing JSON: "/);
      expect((await send('patch', path, '')).body.message).toMatch(/zero bytes\.$/);
      expect(await stored()).toContainEqual(expect.objectContaining({ _id: 'checked', nn: 1 }));
    });

    it('PATCH 400: a record that would grow larger than a document may be', async () => {
      await send('post', set.path, { _id: 'large', left: 'x'.repeat(9 * 1024 * 1024) }).expect(200);
      const answer = await send('patch', `${set.path}/large`, { right: 'x'.repeat(9 * 1024 * 1024) });
      expect([answer.status, answer.body.messages]).toEqual([400, ['The record would be too large']]);
    });

    it('DELETE 200, then 400 in the words of the original', async () => {
      await send('post', set.path, [{ _id: 'gone' }, { _id: 'here' }]).expect(200);
      const path = `${set.path}/gone`;
      const answer = await send('delete', path);
      expect([answer.status, answer.text]).toEqual([200, '{\n  "status": "ok"\n}']);
      const again = await send('delete', path);
      expect([again.status, again.body]).toEqual([400, noRecord('gone')]);
      expect(await stored()).toContainEqual(expect.objectContaining({ _id: 'here' }));
    });

    it('DELETE 200: a record with an id that the server made', async () => {
      await send('post', set.path, { text: 'auto' }).expect(200);
      const record = (await stored()).find(({ text }) => text === 'auto');
      await send('delete', `${set.path}/${record?._id}`).expect(200);
      expect((await stored()).some(({ text }) => text === 'auto')).toBe(false);
    });

    it('PUT 200: an empty list removes all records, again and again', async () => {
      const own = await createDataSet(app);
      await send('post', own.path, { nn: 1 }, own.token).expect(200);
      for (const _turn of ['full', 'empty']) {
        const answer = await send('put', own.path, [], own.token);
        expect([answer.status, answer.body]).toEqual([
          200,
          { status: 'ok', message: `${own.name} now contains 0 records` },
        ]);
      }
      const zipped = request(app).put(own.path).set('Authorization', `Bearer ${own.token}`);
      await zipped
        .set({ 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' })
        .serialize((bytes) => bytes)
        .send(gzipSync('[]'))
        .expect(200);
    });

    it('PUT 400: anything but an empty list', async () => {
      for (const body of [{}, [{ nn: 1 }], '0', '"text"']) {
        const answer = await send('put', set.path, body);
        expect([answer.status, answer.body.message]).toEqual([
          400,
          'Not implemented: you can only pass an empty JSON list',
        ]);
      }
      const text = await send('put', set.path, '[]').set('Content-Type', 'text/plain');
      expect(text.body).toMatchObject({
        status: 'error',
        message: "ValidationError('Expected header: Content-type: application/json',)",
      });
      expect((await send('put', set.path, '[')).body.message).toMatch(/^Error parsing JSON: "/);
      expect((await send('put', set.path, '')).body.message).toMatch(/zero bytes\.$/);
    });

    it('401 and 404: the same doors for every method, before the body is read', async () => {
      for (const [method, path] of [
        ['post', ''],
        ['put', ''],
        ['patch', '/a'],
        ['delete', '/a'],
      ] as const) {
        const stranger = await send(method, set.path + path, '{', 'wrong');
        expect([stranger.status, stranger.body.message]).toEqual([
          401,
          `Unauthorized: Invalid bearer token 'wrong' for '${set.name}'`,
        ]);
        const unknown = await send(method, `/data/un/known${path}`, '{');
        expect([unknown.status, unknown.body.message]).toEqual([404, 'Could not find data_set_config']);
      }
    });

    it('POST 200 by name: says that it is deprecated; 404 for names that cannot be', async () => {
      const answer = await send('post', `/${set.name}`, { _id: 'by name', text: 'x' }).expect(400);
      expect(answer.body.messages).toEqual(['_id "by name" is not a valid id']);
      const stored200 = await send('post', `/${set.name}`, { _id: 'by_name' }).expect(200);
      expect(stored200.body).toEqual({
        status: 'ok',
        message:
          'Deprecation Warning: accessing by data-set name is deprecated, Please use the /data-group/data-type form',
      });
      expect((await send('post', '/unknown_name', {})).body.message).toBe('Could not find data_set_config');
      for (const path of ['/x', '/_data_set', '/a-b', '/a%00b', '/__proto__']) {
        const impossible = await send('post', path, {});
        expect([impossible.status, impossible.body.message]).toEqual([
          404,
          'The requested URL was not found on the server.  If you entered the URL manually please check your spelling and try again.',
        ]);
        await request(app).get(path).expect(404);
      }
    });

    it('OPTIONS and 405 say what is allowed', async () => {
      for (const [path, allowed] of [
        [set.path, 'POST, PUT, OPTIONS'],
        [`${set.path}/upload`, 'POST, OPTIONS'],
        [`${set.path}/some-id`, 'PATCH, DELETE, OPTIONS'],
        [`/${set.name}`, 'POST, OPTIONS'],
        ['/_status', 'GET, HEAD, OPTIONS'],
      ]) {
        const options = await request(app).options(String(path));
        expect([options.status, options.text, options.headers.allow]).toEqual([200, '', allowed]);
      }
      for (const [method, path] of [
        ['get', set.path],
        ['get', `/${set.name}`],
        ['post', '/_status'],
        ['put', `${set.path}/some-id`],
      ] as const) {
        const wrong = await request(app)[method](path).expect(405);
        expect(wrong.body.message).toBe('The method is not allowed for the requested URL.');
      }
      await request(app).options('/a-b').expect(404);
      await request(app).post(`${set.path}/`).send({}).expect(404);
    });
  });
}
