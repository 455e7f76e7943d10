import { gzipSync } from 'node:zlib';
import { propertyWithin } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import request from 'supertest';
import { ADMIN_TOKEN, type App, appWith, createDataSet, ENGINES, issuer } from './harness.ts';
import { EXCEL, workbook } from './workbook.ts';

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
  fc.constantFrom('_id', '_timestamp', '__proto__', '2014-01-06', '\0', '\uD800', '$where', 'a.b', '0', '-1'),
);

const csv = fc
  .array(fc.array(text, { maxLength: 4 }), { maxLength: 4 })
  .chain((rows) =>
    fc.constantFrom('\n', '\r\n', '\r').map((end) => rows.map((row) => row.join(',')).join(end)),
  );

const cell = fc.oneof(
  fc.stringMatching(/^[ -~é]{0,8}$/),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.record({ date: fc.double() }),
  fc.constantFrom(
    { raw: '<v>#N/A</v>' },
    { raw: '<f>1+1</f>' },
    { raw: '<v>99999999999999999999</v>' },
    { raw: '<is>' },
  ),
);

const bytes = fc.oneof(
  fc.json({ maxDepth: 3 }).map((json) => Buffer.from(json)),
  fc.array(fc.json({ maxDepth: 1 })).map((lines) => Buffer.from(lines.join('\n'))),
  csv.map((table) => Buffer.from(table)),
  fc.array(fc.array(cell, { maxLength: 3 }), { maxLength: 3 }).map((rows) => workbook({ First: rows })),
  fc.uint8Array({ maxLength: 60 }).map((raw) => Buffer.from(raw)),
  text.map((part) =>
    Buffer.from(
      `--b\r\nContent-Disposition: form-data; name="file"; filename="${part}"\r\n\r\n${part}\r\n--b--\r\n`,
    ),
  ),
);

const header = fc.option(fc.stringMatching(/^[ -~]{1,40}$/), { nil: undefined });

const sent = fc.record({
  method: fc.constantFrom('post', 'post', 'post', 'put', 'patch', 'patch', 'delete', 'options', 'get'),
  /** Filled in with the names of a data set; `*` by anything. */
  path: fc.constantFrom(
    '/data/GROUP/events',
    '/data/GROUP/events/*',
    '/data/GROUP/events/upload',
    '/data/GROUP/events?sheet=*',
    '/data/*/*',
    '/NAME',
    '/*',
    '/data-sets',
    '/data-sets?data-group=*&data-type=*',
    '/data-sets/NAME',
    '/data-sets/*',
    '/data-sets/NAME/rotate-token?grace=*',
  ),
  segment: text,
  type: fc.constantFrom(
    'application/json',
    'application/x-ndjson',
    'text/csv',
    EXCEL,
    'multipart/form-data; boundary=b',
    'text/plain',
    '',
  ),
  encoding: fc.constantFrom('', 'gzip', 'not really gzip', 'deflate'),
  key: header,
  bytes,
});

// Not the data set's own token, which some of these requests replace.
const writer = issuer.serviceToken({ permissions: { write: true } });

for (const engine of ENGINES) {
  engine.describe(`any request to write-api on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: App;
    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets);
    });
    afterAll(() => running.stop());

    it('is answered, and never with a 5xx', async () => {
      const set = await createDataSet(app, { schema: { properties: { nn: { type: 'number' } } } });
      // A lone surrogate has no place in an address.
      const encode = (segment: string) =>
        encodeURIComponent(segment.replaceAll(/\p{Surrogate}/gu, '')) || '%zz';
      const ask = async ({
        method,
        path,
        segment,
        type,
        encoding,
        key,
        bytes: body,
      }: typeof sent extends fc.Arbitrary<infer T> ? T : never) => {
        const address = path
          .replace('GROUP', set.group)
          .replace('NAME', set.name)
          .replaceAll('*', encode(segment));
        const isAdministration = path.startsWith('/data-sets');
        const asking = request(app)
          [method](address)
          .set('Authorization', `Bearer ${isAdministration ? ADMIN_TOKEN : writer}`)
          .serialize((raw) => raw);
        if (type !== '') asking.set('Content-Type', type);
        if (encoding !== '') asking.set('Content-Encoding', encoding.replace('not really ', ''));
        if (key !== undefined) asking.set('Idempotency-Key', key);
        const hasBody = method !== 'get' && method !== 'options';
        return asking.send(hasBody ? (encoding === 'gzip' ? gzipSync(body) : body) : undefined);
      };
      await fc.assert(
        propertyWithin(9, sent, async (request) => {
          const { status } = await ask(request);
          expect(status).toBeLessThan(500);
        }),
        { numRuns: 600 },
      );
    });
  });
}
