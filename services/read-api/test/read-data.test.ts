import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { appWith, ENGINES, fillDataSet, MONTH, RECORDS } from './harness.ts';

for (const engine of ENGINES) {
  engine.describe(`GET /data/{group}/{type} on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: ReturnType<typeof appWith>;
    let set: { name: string; path: string };

    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
      set = await fillDataSet(running.dataSets, RECORDS);
    });
    afterAll(() => running.stop());

    it('200: sorted keys, two spaces, ASCII, dates with +00:00 and 0 or 6 fraction digits', async () => {
      const answer = await request(app).get(`${set.path}?${MONTH}&collect=nn:sum`).expect(200);
      expect(answer.text).toBe(`{
  "data": [
    {
      "_count": 2,
      "_end_at": "2014-02-01T00:00:00+00:00",
      "_start_at": "2014-01-01T00:00:00+00:00",
      "nn:sum": 3.5
    },
    {
      "_count": 0,
      "_end_at": "2014-03-01T00:00:00+00:00",
      "_start_at": "2014-02-01T00:00:00+00:00",
      "nn:sum": null
    }
  ]
}`);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json',
        'cache-control': 'max-age=1800, must-revalidate',
        'access-control-allow-origin': '*',
      });
      const raw = await request(app).get(set.path).set('X-Requested-With', 'XMLHttpRequest').expect(200);
      expect(raw.text).toContain('"_timestamp":"2014-01-07T10:00:00.018000+00:00"');
      expect(raw.text).toContain('"dept":"caf\\u00e9"');
      expect(raw.text).not.toContain('\n');
    });

    it('200: by name too, HEAD as well, with a warning and no cache when unpublished', async () => {
      const draft = await fillDataSet(running.dataSets, RECORDS, { published: false });
      const answer = await request(app).get(`/${draft.name}?format=csv`).expect(200);
      expect(answer.body.warning).toMatch(/^Warning: This data-set is unpublished\./);
      expect(answer.headers['cache-control']).toBe('no-cache');
      const lines = await request(app).get(`${draft.path}?group_by=dept&format=ndjson`).buffer(true);
      expect(lines.text).toBe('{"_count":1,"dept":"b"}\n{"_count":1,"dept":"caf\\u00e9"}\n');
      const head = await request(app).head(set.path).expect(200);
      expect(head.text).toBeUndefined();
      const live = await fillDataSet(running.dataSets, RECORDS, { realtime: true });
      const live200 = await request(app).get(live.path).expect(200);
      expect(live200.headers['cache-control']).toBe('max-age=120, must-revalidate');
    });

    it('200: CSV and NDJSON', async () => {
      const csv = await request(app).get(`${set.path}?group_by=dept&collect=nn:sum&format=csv`).expect(200);
      expect(csv.text).toBe('_count,dept,nn:sum\r\n1,b,2.5\r\n1,café,1\r\n');
      expect(csv.headers).toMatchObject({
        'content-type': 'text/csv',
        'content-disposition': 'attachment; filename=export.csv',
      });
      const raw = await request(app).get(`${set.path}?format=csv`).expect(200);
      expect(raw.text).toContain(',2014-01-06 00:00:00+00:00,');
      expect(raw.text).toContain(',True,');
      const none = await request(app).get(`${set.path}?filter_by=dept:x&format=csv`).expect(200);
      expect(none.text).toBe('');
      const lines = await request(app).get(`${set.path}?group_by=dept&format=ndjson`).buffer(true);
      expect(lines.text).toBe('{"_count":1,"dept":"b"}\n{"_count":1,"dept":"caf\\u00e9"}\n');
    });

    it('200: CSV in which no text is a formula, for browsers and who asks; the text itself for all others', async () => {
      const cells = [
        ['=1+1', "'=1+1"],
        ['+cmd', "'+cmd"],
        ['-2+3', "'-2+3"],
        ['@SUM(A1)', "'@SUM(A1)"],
        ['\t=1', "'\t=1"],
        ['-5', '-5'],
        ['plain', 'plain'],
      ] as const;
      const formulas = await fillDataSet(
        running.dataSets,
        cells.map(([cell], index) => ({ _id: `r${index}`, cell, nn: -1 })),
      );
      const columnsOf = (text: string) =>
        text
          .trimEnd()
          .split('\r\n')
          .slice(1)
          .map((line) => line.split(','));
      const get = async (query: string, accept: string) => {
        const path = `${formulas.path}?format=csv&group_by=cell&collect=nn:sum${query}`;
        const answer = await request(app).get(path).set('Accept', accept).expect(200);
        return columnsOf(answer.text);
      };
      for (const [query, accept, form] of [
        ['', '*/*', 0],
        ['', 'text/html,application/xhtml+xml', 1],
        ['&safe=true', '*/*', 1],
        ['&safe=false', 'text/html', 0],
      ] as const) {
        const rows = await get(query, accept);
        expect(rows.map(([, cell]) => cell).sort()).toEqual(cells.map((cell) => cell[form]).sort());
        expect(rows.every(([, , sum]) => sum === '-1')).toBe(true);
      }
    });

    it('200: NDJSON streams every raw record, also more than one answer holds', async () => {
      const many = await fillDataSet(
        running.dataSets,
        Array.from({ length: 2_500 }, (_, nn) => ({ _id: `r${nn}`, nn })),
      );
      const small = appWith(running.dataSets, { limits: { rawRecords: 10 } });
      const json = await request(small).get(many.path).expect(200);
      expect([json.body.data.length, json.body.truncated]).toEqual([10, true]);
      const lines = await request(small).get(`${many.path}?format=ndjson`).buffer(true).expect(200);
      expect(lines.headers['content-type']).toBe('application/x-ndjson');
      const records = lines.text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(records.map(({ nn }) => nn)).toEqual(Array.from({ length: 2_500 }, (_, nn) => nn));
      const page = await request(small).get(`${many.path}?format=ndjson&page=2&page_size=2`).buffer(true);
      expect(page.text.trimEnd().split('\n')).toHaveLength(2);
      const none = await request(small).get(`${many.path}?format=ndjson&filter_by=nn:x`).buffer(true);
      expect([none.status, none.text]).toEqual([200, '']);
      await request(small).head(`${many.path}?format=ndjson`).expect(200);
    });

    it('304: by ETag on both forms, weak or *, even where the answer is a refusal', async () => {
      for (const path of [set.path, `/${set.name}`, `${set.path}?limit=x`, '/data/un/known']) {
        const first = await request(app).get(path);
        const etag = String(first.headers.etag);
        expect(etag).toMatch(/^"[0-9a-f]{40}"$/);
        for (const sent of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
          const again = await request(app).get(path).set('If-None-Match', sent).expect(304);
          expect([again.text, again.headers.etag]).toEqual(['', etag]);
        }
        await request(app).get(path).set('If-None-Match', '"other"').expect(first.status);
      }
    });

    it('304: keeps the headers for caches and other sites; OPTIONS has an ETag, and no answer has ranges', async () => {
      for (const path of [set.path, `/${set.name}`]) {
        const first = await request(app).get(path).expect(200);
        expect(first.headers['accept-ranges']).toBe('none');
        const again = await request(app).get(path).set('If-None-Match', '*').expect(304);
        expect(again.headers).toMatchObject({
          'access-control-allow-origin': '*',
          'cache-control': 'max-age=1800, must-revalidate',
        });
        const options = await request(app).options(path).expect(200);
        expect([options.text, options.headers['content-type']]).toEqual(['', undefined]);
        const etag = String(options.headers.etag);
        expect(etag).toMatch(/^"[0-9a-f]{40}"$/);
        await request(app).options(path).set('If-None-Match', etag).expect(304);
      }
    });

    it('400: with the message of the first rule that fails, and no cache header', async () => {
      const answer = await request(app).get(`${set.path}?period=week&colour=red`).expect(400);
      expect(answer.body).toMatchObject({
        status: 'error',
        message: 'An unrecognised parameter was provided',
      });
      expect(answer.headers['cache-control']).toBeUndefined();
      const sum = await request(app).get(`${set.path}?group_by=nn&collect=dept:sum`).expect(400);
      expect(sum.body.message).toBe('invalid collect function');
      const many = 'period=hour&start_at=1000-01-01T00:00:00Z&end_at=2000-01-01T00:00:00Z';
      const answered = await request(app).get(`${set.path}?${many}`).expect(400);
      expect(answered.body.message).toBe('The query asks for too many periods');
      await request(app).get(`${set.path}?filter_by[$ne]=dept:a`).expect(400);
      await request(app).get(`${set.path}?group_by=constructor`).expect(400);
    });

    it('400: raw records of a data set that allows no raw queries', async () => {
      const closed = await fillDataSet(running.dataSets, RECORDS, { raw_queries_allowed: false });
      const answer = await request(app).get(closed.path).expect(400);
      expect(answer.body.message).toBe('querying for raw data is not allowed');
    });

    it('404: unknown, or not to be queried, for GET and OPTIONS', async () => {
      const hidden = await fillDataSet(running.dataSets, RECORDS, { queryable: false });
      for (const path of [
        hidden.path,
        `/${hidden.name}`,
        '/data/un/known',
        '/unknown',
        '/data/un%00/known',
      ]) {
        const answer = await request(app).get(path).expect(404);
        expect(answer.body).toMatchObject({ status: 'error', message: 'data_set not found' });
        expect(answer.headers['access-control-allow-origin']).toBe('*');
        await request(app).options(path).expect(404);
      }
    });

    it('200: OPTIONS says what another site may send, whatever the query string', async () => {
      const answer = await request(app).options(`${set.path}?nonsense=1`).expect(200);
      expect(answer.text).toBe('');
      expect(answer.headers).toMatchObject({
        'access-control-max-age': '86400',
        'access-control-allow-headers': 'cache-control, govuk-request-id, request-id',
      });
      expect(String(answer.headers.allow).split(', ').sort()).toEqual(['GET', 'HEAD', 'OPTIONS']);
    });

    it('404 and 405: other paths and methods, with CORS; a path ends without a slash', async () => {
      const notFound = await request(app).get(`${set.path}/`).expect(404);
      expect(notFound.body).toMatchObject({ status: 'error', message: 'Not Found' });
      const wrong = await request(app).post(set.path).send({}).expect(405);
      expect(wrong.body).toMatchObject({ status: 'error', message: 'Method Not Allowed' });
      expect(wrong.headers['access-control-allow-origin']).toBe('*');
    });

    it('200: _status, ready, and the document of every endpoint', async () => {
      const status = await request(app).get('/_status').expect(200);
      expect(status.body).toEqual({ status: 'ok', message: 'app is up' });
      expect(status.headers['cache-control']).toBe('no-cache');
      await request(app).get('/readyz').expect(200);
      const { body } = await request(app).get('/openapi.json').expect(200);
      expect(Object.keys(body.paths)).toContain('/data/{data_group}/{data_type}');
    });
  });
}
