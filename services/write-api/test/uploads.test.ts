import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { type App, appWith, createDataSet, ENGINES } from './harness.ts';
import { EXCEL, workbook } from './workbook.ts';

/** Exact numbers as their digits in quotes. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

type Sent = { type: string; body: string | Buffer; gzip?: boolean; query?: string };

for (const engine of ENGINES) {
  engine.describe(`uploads on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: App;
    const send = (
      target: { path: string; token: string },
      { type, body, gzip, query = '' }: Sent,
      to = app,
    ) => {
      const post = request(to)
        .post(target.path + query)
        .set('Authorization', `Bearer ${target.token}`)
        .set('Content-Type', type)
        .serialize((bytes) => bytes);
      if (gzip) post.set('Content-Encoding', 'gzip');
      return post.send(gzip ? gzipSync(body) : body);
    };
    /** Stored records, without the server's keys. */
    const stored = async (name: string) => {
      const dataSet = await running.dataSets.catalogue.findByName(name);
      if (dataSet === undefined) throw new Error('no such data set');
      const records = await running.dataSets.store.find(dataSet, {
        filters: [],
        inclusive: false,
        limit: 100_000,
      });
      return asJson(
        records.map((record) =>
          Object.fromEntries(Object.entries(record).filter(([key]) => !key.startsWith('_'))),
        ),
      );
    };
    const accepted = async (sent: Sent, settings: Record<string, unknown> = {}) => {
      const set = await createDataSet(app, settings);
      const answer = await send(set, sent);
      expect([answer.status, answer.text]).toEqual([200, '{\n  "status": "ok"\n}']);
      return stored(set.name);
    };
    const refused = async (sent: Sent, status = 400) => {
      const set = await createDataSet(app);
      const answer = await send(set, sent);
      expect([answer.status, await stored(set.name)]).toEqual([status, []]);
      return answer.body;
    };

    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
    });
    afterAll(() => running.stop());

    it('200: CSV by the rules of the original: comments, blank rows, a column for people, types of cells', async () => {
      const body = [
        '\uFEFF# a note',
        'name,nn,ratio,text,comment',
        'a,7,1.50,"two\nlines, ""quoted""",seen by people',
        '# another note',
        ',,,,',
        'b,007,-.5,,',
        'c,1e3,0.12345678901234567,# no comment,x',
      ].join('\r\n');
      expect(await accepted({ type: 'text/csv; charset=utf-8', body })).toEqual(
        asJson([
          { name: 'a', nn: 7, ratio: 1.5, text: 'two\nlines, "quoted"' },
          { name: 'b', nn: 7, ratio: -0.5, text: '' },
          { name: 'c', nn: 1000, ratio: '0.12345678901234567', text: '# no comment' },
        ]),
      );
    });

    it.each(['\n', '\r', '\r\n'])('200: CSV with lines that end in %j, gzipped as well', async (end) => {
      const body = ['_timestamp,nn', '2014-01-06T00:00:00Z,1', '2014-01-07T00:00:00Z,2', ''].join(end);
      expect(await accepted({ type: 'text/csv', body })).toEqual([{ nn: 1 }, { nn: 2 }]);
      expect(await accepted({ type: 'text/csv', body, gzip: true })).toEqual([{ nn: 1 }, { nn: 2 }]);
    });

    it('200: a CSV file of keys alone, or of comments alone, is no change', async () => {
      expect(await accepted({ type: 'text/csv', body: 'name,nn\n' })).toEqual([]);
      expect(await accepted({ type: 'text/csv', body: '# nothing\n\n' })).toEqual([]);
    });

    it('400: ragged rows, by their numbers, and nothing is stored', async () => {
      const body = 'name,nn\na,1\nb\n\nc,1,2\n';
      const { messages, errors, errors_total } = await refused({ type: 'text/csv', body });
      const fewer = 'Some rows in the CSV file contain fewer values than columns';
      const more = 'Some rows in the CSV file contain more values than columns';
      expect(messages).toEqual([fewer, more]);
      expect(errors).toEqual([
        { row: 3, key: null, code: 'ragged_row', message: fewer },
        { row: 5, key: null, code: 'ragged_row', message: more },
      ]);
      expect(errors_total).toBe(2);
    });

    it('400: rows that break the rules of records, by their numbers; the first hundred', async () => {
      const rows = Array.from({ length: 2_500 }, (_, index) => `${index},soon`);
      const { messages, errors, errors_total } = await refused({
        type: 'text/csv',
        body: `nn,_timestamp\n1,2014-01-01\n${rows.join('\n')}`,
      });
      expect(messages[0]).toBe('the _timestamp must be a date in the format yyyy-MM-ddT00:00:00Z');
      expect([errors.length, errors[0].row, errors_total]).toEqual([100, 3, 5_000]);
    });

    it.each([
      ['bytes that are not UTF-8', Buffer.from([0x61, 0x0a, 0xff, 0xfe]), 'Non-UTF8 characters found.'],
      ['a quote that is not closed', 'name\n"a', 'Quote Not Closed'],
      ['a key that is none', 'bad key\n1', 'bad key is not a valid key'],
      ['a forbidden key', '__proto__\n1', '__proto__ is not a valid key'],
      ['an integer beyond exact doubles', 'nn\n9007199254740993', 'nn has an invalid value'],
    ])('400: CSV with %s', async (_name, body, message) => {
      expect((await refused({ type: 'text/csv', body })).messages[0]).toContain(message);
    });

    it.each(['json', 'x-ndjson', 'csv', 'excel'])('400: an empty body of %s', async (kind) => {
      const type = {
        json: 'application/json',
        'x-ndjson': 'application/x-ndjson',
        csv: 'text/csv',
        excel: EXCEL,
      }[kind];
      const name = { json: 'JSON', 'x-ndjson': 'NDJSON', csv: 'CSV', excel: 'Excel' }[kind];
      expect(await refused({ type: type ?? '', body: '' })).toMatchObject({
        status: 'error',
        message: `Expected ${name} request body but received zero bytes.`,
      });
    });

    it('422: too many columns, a cell that is too long, a row without end', async () => {
      const columns = Array.from({ length: 501 }, (_, index) => `k${index}`).join(',');
      expect((await refused({ type: 'text/csv', body: columns }, 422)).message).toContain('500 columns');
      const cell = `name\n${'x'.repeat(1_000_001)}`;
      expect((await refused({ type: 'text/csv', body: cell }, 422)).message).toContain('characters');
      const endless = `name\n"${'x\n'.repeat(5 * 1024 * 1024)}`;
      expect((await refused({ type: 'text/csv', body: endless }, 422)).message).toContain('A row');
      const line = `{"a":"${'x'.repeat(16 * 1024 * 1024)}`;
      expect((await refused({ type: 'application/x-ndjson', body: line }, 422)).message).toContain('A line');
    });

    it('200: NDJSON, in more records than one statement takes, each once', async () => {
      const lines = Array.from({ length: 2_500 }, (_, nn) => JSON.stringify({ _id: `r${nn}`, nn }));
      const body = `${lines.join('\n')}\r\n\n`;
      expect(await accepted({ type: 'application/x-ndjson', body })).toHaveLength(2_500);
      expect(await accepted({ type: 'application/x-ndjson', body, gzip: true })).toHaveLength(2_500);
    });

    it('400: NDJSON that is no JSON, says which record, and stores none of thousands', async () => {
      const lines = Array.from({ length: 2_500 }, (_, nn) => JSON.stringify({ nn }));
      const { messages, errors } = await refused({
        type: 'application/x-ndjson',
        body: [...lines, '{"nn":', '[]'].join('\n'),
      });
      expect(messages[0]).toContain('Error parsing JSON: "');
      expect(errors.map(({ record, code }: { record: number; code: string }) => [record, code])).toEqual([
        [2_500, 'not_json'],
        [2_501, 'not_an_object'],
      ]);
    });

    it('200 and 400: a JSON list too large for memory is read element by element', async () => {
      const text = 'x"\\,[]{} '.repeat(60);
      const records = Array.from({ length: 2_200 }, (_, nn) => ({ nn, text }));
      const large = JSON.stringify(records, null, 1);
      expect(large.length).toBeGreaterThan(1024 * 1024);
      expect(await accepted({ type: 'application/json', body: ` ${large}\n` })).toEqual(records);
      for (const [end, message] of [
        ['', 'Unexpected end of JSON input'],
        ['] x', 'beside the list'],
        [',]', ''],
        ['}', 'Unexpected end of the list'],
      ]) {
        const answer = await refused({ type: 'application/json', body: large.slice(0, -1) + end });
        expect(answer.message).toContain('Error parsing JSON: "');
        expect(answer.message).toContain(message);
      }
      const { errors } = await refused({
        type: 'application/json',
        body: `${large.slice(0, -1)},{"bad-key":1}]`,
      });
      expect(errors).toMatchObject([{ record: 2_200, code: 'invalid_key' }]);
    });

    it('200: the first sheet of an Excel workbook: dates, numbers, booleans, empty cells', async () => {
      const body = workbook({
        First: [
          ['_timestamp', 'name', 'nn', 'yes', 'empty', 'comment'],
          [{ date: 41645 }, 'a & b', 1.5, true, null, 'for people'],
          [],
          [{ date: 41646.5 }, ' spaced ', { raw: '<v>0.12345678901234567</v>' }, false, '', 'x'],
        ],
        Second: [['name'], ['from the second']],
      });
      const records = await accepted({ type: EXCEL, body });
      expect(records).toEqual(
        asJson([
          { name: 'a & b', nn: 1.5, yes: true, empty: null },
          { name: ' spaced ', nn: '0.12345678901234567', yes: false, empty: null },
        ]),
      );
      for (const query of ['?sheet=Second', '?sheet=2']) {
        expect(await accepted({ type: EXCEL, body, query })).toEqual([{ name: 'from the second' }]);
      }
      const { messages } = await refused({ type: EXCEL, body, query: '?sheet=Third' });
      expect(messages).toEqual(['There is no sheet "Third"']);
      await refused({ type: EXCEL, body, query: '?sheet=9' });
    });

    it('400: Excel rows by their numbers, and files that are no workbook', async () => {
      const rows = [['nn', '_timestamp'], [1, '2014-01-06'], [], [2, 'soon']];
      const { errors } = await refused({ type: EXCEL, body: workbook({ First: rows }) });
      expect(errors[0]).toMatchObject({ row: 4, key: '_timestamp', code: 'invalid_date' });
      const whole = workbook({ First: rows });
      for (const body of [
        'name,nn\n',
        whole.subarray(0, 200),
        Buffer.concat([whole.subarray(0, 60), Buffer.alloc(200), whole.subarray(260)]),
      ]) {
        const { messages } = await refused({ type: EXCEL, body });
        expect(messages).toEqual(['The file is not an Excel workbook (.xlsx)']);
      }
    });

    it('200: a workbook with another archive behind it is read by its first directory, and nobody waits', async () => {
      const body = workbook({ First: [['nn'], [1]] });
      expect(await accepted({ type: EXCEL, body: Buffer.concat([body, body]) })).toEqual([{ nn: 1 }]);
    });

    it('422: Excel bombs, by their packing, their parts, their size, their tags', async () => {
      const zeros = new Uint8Array(10 * 1024 * 1024);
      const many = Array.from({ length: 1_001 }, (_, index) => [`part${index}`, new Uint8Array(1)]);
      const large = Array.from({ length: 5 }, (_, index) => [
        `part${index}`,
        zeros.map((_zero, at) => at * 7),
      ]);
      // As the shared strings of a bomb: few bytes, and seconds of work for a parser.
      const strings = Array.from({ length: 1_000_001 }, (_, nn) => `<t>${nn}</t>`).join('');
      const tags = { 'xl/strings.xml': new TextEncoder().encode(strings) };
      for (const parts of [{ bomb: zeros }, tags, Object.fromEntries(many), Object.fromEntries(large)]) {
        const answer = await refused({ type: EXCEL, body: workbook({ First: [['nn'], [1]] }, parts) }, 422);
        expect(answer.message).toContain('The Excel file');
      }
    });

    it('422: an Excel file of two cells in opposite corners, which would take all memory', async () => {
      for (const far of [
        '<c r="XFD1048576"><v>1</v></c>',
        "<x:c t='n'\n r = 'XFD1048576'/>",
        '<c r="&#88;FD1048576"/>',
      ]) {
        const sheet = `<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576">${far}</row></sheetData></worksheet>`;
        const parts = { 'xl/worksheets/sheet9.xml': new TextEncoder().encode(sheet) };
        const answer = await refused({ type: EXCEL, body: workbook({ First: [['nn'], [1]] }, parts) }, 422);
        expect(answer.message).toContain('too far apart');
      }
    });

    it('413: over the limit of a stream, and over 10 MiB from gzip, whatever the form', async () => {
      const small = appWith(running.dataSets, { maxFileBytes: 1_000 });
      const set = await createDataSet(app);
      const body = `name\n${'row\n'.repeat(500)}`;
      for (const type of ['text/csv', 'application/x-ndjson', EXCEL]) {
        const answer = await send(set, { type, body }, small);
        expect([answer.status, answer.body.status]).toEqual([413, 'error']);
        const bomb = await send(set, { type, body: ' \n'.repeat(6 * 1024 * 1024), gzip: true });
        expect([bomb.status, bomb.body.status]).toEqual([413, 'error']);
      }
    });

    it('200: a file by a form, of whatever kind, gzipped as well', async () => {
      const files = [
        ['a.csv', 'application/vnd.ms-excel', Buffer.from('name\nform')],
        ['a.xlsx', 'application/octet-stream', workbook({ First: [['name'], ['form']] })],
        ['a.jsonl', 'text/plain', Buffer.from('{"name":"form"}')],
        ['a.json', 'application/json', Buffer.from('[{"name":"form"}]')],
        ['unknown', 'application/octet-stream', Buffer.from('name\nform')],
      ] as const;
      for (const [filename, contentType, bytes] of files) {
        const set = await createDataSet(app);
        await request(app)
          .post(`${set.path}/upload`)
          .set('Authorization', `Bearer ${set.token}`)
          .field('note', 'ignored')
          .attach('file', bytes, { filename, contentType })
          .expect(200);
        expect(await stored(set.name)).toEqual([{ name: 'form' }]);
      }
      const set = await createDataSet(app);
      const form =
        '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\nzipped\r\n--b--\r\n';
      const sent = { type: 'multipart/form-data; boundary=b', body: form, gzip: true };
      await send({ ...set, path: `${set.path}/upload` }, sent).expect(200);
      expect(await stored(set.name)).toEqual([{ name: 'zipped' }]);
    });

    it('400, 401, 404, 413: forms without a file, that are cut off or too large, and of strangers', async () => {
      const set = await createDataSet(app);
      const upload = { ...set, path: `${set.path}/upload` };
      const type = 'multipart/form-data; boundary=b';
      const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\n';
      for (const [sent, status] of [
        [{ type: 'text/csv', body: 'name\n1' }, 400],
        [{ type: 'multipart/form-data', body: 'x' }, 400],
        [{ type, body: part }, 400],
        [{ type, body: '--b--\r\n' }, 400],
        [{ type, body: part.replace('"file"', '"other"').concat('\r\n--b--\r\n') }, 400],
        [{ type, body: part.replace('name\n', '').concat('\r\n--b--\r\n') }, 400],
      ] as const) {
        const answer = await send(upload, sent);
        expect([answer.status, answer.body.status]).toEqual([status, 'error']);
      }
      const small = appWith(running.dataSets, { maxFileBytes: 1_000 });
      const large = { type, body: `${part}${'row\n'.repeat(500)}\r\n--b--\r\n` };
      expect((await send(upload, large, small)).status).toBe(413);
      expect((await send({ ...upload, token: 'wrong' }, large)).status).toBe(401);
      expect((await send({ ...upload, path: '/data/un/known/upload' }, large)).status).toBe(404);
    });

    it('takes every form by the name of the data set as well', async () => {
      const set = await createDataSet(app);
      const answer = await send(
        { ...set, path: `/${set.name}` },
        { type: 'text/csv', body: 'name\nby name' },
      );
      expect(answer.status).toBe(200);
      expect(await stored(set.name)).toEqual([{ name: 'by name' }]);
    });
  });
}
