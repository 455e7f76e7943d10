import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import request from 'supertest';
import { type CubeBench, OWNER, openCubeBench } from './cube-bench.ts';

let bench: CubeBench;
let app: Express;
let file: string | undefined;

const ROWS = 25_000;
const lines = Array.from(
  { length: ROWS },
  (_, index) => `${index % 2 === 0 ? 'north' : '"=so, uth"'},${index}.50`,
);

beforeAll(async () => {
  bench = await openCubeBench();
  [file] = await bench.publish('many', { data: `region,amount\n${lines.join('\n')}\n` });
  await bench.setPrivate('many', false);
  app = bench.makeApp();
});
afterAll(() => bench.close());

const get = (path: string) => request(app).get(`/api/3/cubes/${OWNER}:many/${path}`);
const bytes = (path: string) =>
  get(path)
    .buffer(true)
    .parse((res, done) => {
      const parts: Buffer[] = [];
      res.on('data', (part: Buffer) => parts.push(part));
      res.on('end', () => done(null, Buffer.concat(parts)));
    });

describe('facts.parquet', () => {
  it('is the file that queries read, whole or a part of it', async () => {
    const whole = await bytes('facts.parquet');
    expect(whole.headers).toMatchObject({
      'content-type': 'application/vnd.apache.parquet',
      'content-length': String(whole.body.length),
      'accept-ranges': 'bytes',
    });
    expect(whole.body.subarray(0, 4).toString()).toBe('PAR1');
    const part = await bytes('facts.parquet').set('Range', 'bytes=-4');
    expect([part.status, part.body.toString()]).toEqual([206, 'PAR1']);
    expect(part.headers['content-range']).toBe(
      `bytes ${whole.body.length - 4}-${whole.body.length - 1}/${whole.body.length}`,
    );
  });

  it('is read by another engine, every fact with its types', async () => {
    const path = join(bench.folder, 'downloaded.parquet');
    await writeFile(path, (await bytes('facts.parquet')).body);
    const [row] = await bench.engine.withSession((session) =>
      session.rows(
        `SELECT count(*), CAST(sum(amount) AS VARCHAR), any_value(typeof(amount)), any_value(typeof(region)) FROM read_parquet('${path}')`,
      ),
    );
    const sum = (ROWS * (ROWS - 1)) / 2 + ROWS / 2;
    expect(row).toEqual([String(ROWS), sum.toFixed(2), 'DECIMAL(18,2)', 'VARCHAR']);
  });

  it('gives parts of the version that the caller has begun, else everything', async () => {
    const { headers } = await bytes('facts.parquet');
    const ranged = (etag: string) => bytes('facts.parquet').set('Range', 'bytes=0-3').set('If-Range', etag);
    expect((await ranged(String(headers.etag))).status).toBe(206);
    expect((await ranged('"another"')).status).toBe(200);
  });

  it('has no part behind its end, is not sent twice, and can be asked for without its content', async () => {
    const beyond = await get('facts.parquet').set('Range', 'bytes=99999999-');
    expect([beyond.status, beyond.body.code]).toEqual([416, 'range_not_satisfiable']);
    const head = await request(app).head(`/api/3/cubes/${OWNER}:many/facts.parquet`);
    expect([head.status, Number(head.headers['content-length']) > 0]).toEqual([200, true]);
    expect((await get('facts.parquet').set('If-None-Match', String(head.headers.etag))).status).toBe(304);
  });
});

describe('facts.csv', () => {
  it('is every fact, as they were loaded', async () => {
    const { text, headers } = await get('facts.csv');
    expect(headers['content-type']).toContain('text/csv');
    const [header, ...rows] = text.split('\r\n');
    expect([header, rows.at(-1), rows.length - 1]).toEqual(['amount,region.region', '', ROWS]);
    expect(rows.slice(0, 2)).toEqual(['0.50,north', '1.50,"=so, uth"']);
  });

  it('honours fields, cuts, orders, and what is harmful in a spreadsheet', async () => {
    const path = 'facts.csv?cut=amount:[..2]&fields=region,amount&order=amount:desc&safe=1';
    expect((await get(path)).text).toBe(
      'amount,region.region\r\n2.00,north\r\n1.50,"\'=so, uth"\r\n0.50,north\r\n'.replace(
        '2.00,north\r\n',
        '',
      ),
    );
    expect((await get('facts.csv?cut=region:nowhere')).text).toBe('amount,region.region\r\n');
  });

  it('is refused as facts are', async () => {
    expect((await get('facts.csv?cut=nothing:1')).body).toMatchObject({
      status: 'error',
      context: { cut: expect.any(String) },
    });
  });
});

describe('facts as NDJSON', () => {
  it('are one JSON object a line, all of them unless a page is asked for', async () => {
    const { text, headers } = await get('facts?format=ndjson');
    expect(headers['content-type']).toContain('application/x-ndjson');
    const rows = text.trim().split('\n');
    expect([rows.length, rows[1]]).toEqual([ROWS, '{"region.region":"=so, uth","amount":1.50}']);
    expect((await get('facts?format=ndjson&pagesize=2&page=2&fields=amount')).text).toBe(
      '{"amount":2.50}\n{"amount":3.50}\n',
    );
  });
});

describe('a file that is gone', () => {
  it('is 503 while the registry names it, 404 when the package was deleted meanwhile', async () => {
    await bench.store.remove(file ?? '');
    for (const path of [
      'aggregate',
      'facts',
      'members/region',
      'facts.csv',
      'facts?format=ndjson',
      'facts.parquet',
    ]) {
      const answer = await get(path);
      expect([path, answer.status, answer.body.code]).toEqual([path, 503, 'unavailable']);
      expect(answer.headers['retry-after']).toBe('5');
    }
    await bench.remove('many');
    expect((await get('aggregate')).status).toBe(404);
  });
});
