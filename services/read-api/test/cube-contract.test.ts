import { hiddenSubject } from '@flyloft/common';
import type { JsonObject } from '@flyloft/registry';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import request from 'supertest';
import { type CubeBench, OTHER, OWNER, openCubeBench } from './cube-bench.ts';

const CUBE = `${OWNER}:open`;
const CSV = 'region,paid_on,is_final,amount\nnorth,2015-01-31,true,1\nsouth,2015-02-01,false,2.50\n';

let bench: CubeBench;
let app: Express;

/** As a loader of another time may have left it: names with hyphens. */
const withHyphens = (model: JsonObject): JsonObject => ({
  ...model,
  dimensions: {
    // what `infer-model` makes of these columns
    ...(model.dimensions as JsonObject),
    'sub-region': {
      ...{ label: 'Sub-region', key_attribute: 'the-code', cardinality_class: 'tiny' },
      attributes: { 'the-code': { label: 'Code', column: 'region', type: 'string' } },
    },
  },
});

/** A dimension over a table that no load has made. */
const withMissingTable = (model: JsonObject): JsonObject => ({
  ...model,
  dimensions: {
    lost: {
      ...{ label: 'Lost', key_attribute: 'code', cardinality_class: 'tiny', join_column: 'region' },
      attributes: { code: { label: 'Code', column: 'secret_table.code', type: 'string' } },
    },
  },
});

beforeAll(async () => {
  bench = await openCubeBench();
  app = bench.makeApp();
  await bench.publish('open', { data: CSV }, { change: withHyphens });
  await bench.setPrivate('open', false);
  const places = [
    'a|b',
    '[1..2]',
    'null()',
    'x;y',
    'he said ""hi""',
    'back\\slash',
    'Zürich 東京 🙂',
    'a:b',
    "it's'); DROP",
  ];
  await bench.publish('signs', { data: `place,amount\n${places.map((place) => `"${place}",1\n`).join('')}` });
  await bench.setPrivate('signs', false);
});
afterAll(() => bench.close());

const get = (path: string) => request(app).get(`/api/3/cubes/${path}`);

describe('the contract of babbage', () => {
  it.each([
    ['page=0', 1, 100],
    ['page=-3', 1, 100],
    ['page=x&pagesize=y', 1, 100],
    ['page=2&pagesize=20000', 2, 10_000],
    ['pagesize=-5', 1, 0],
  ])('takes %s for page %d of %d rows', async (query, page, pageSize) => {
    for (const route of ['facts', 'aggregate?drilldown=region', 'members/region']) {
      const answer = await get(`${CUBE}/${route}${route.includes('?') ? '&' : '?'}${query}`);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ page, page_size: pageSize });
    }
  });

  it('counts and sums everything where the page has no rows: of size 0, or beyond the end', async () => {
    for (const paging of ['pagesize=0', 'page=99']) {
      const cells = (await get(`${CUBE}/aggregate?drilldown=region&${paging}`)).body;
      expect(cells).toMatchObject({ cells: [], total_cell_count: 2, summary: { 'amount.sum': 3.5 } });
      const facts = (await get(`${CUBE}/facts?${paging}`)).body;
      expect(facts).toMatchObject({ data: [], total_fact_count: 2 });
      const members = (await get(`${CUBE}/members/region?${paging}`)).body;
      expect(members).toMatchObject({ data: [], total_member_count: 2 });
    }
  });

  it('answers facts and members as CSV too, the page that was asked for', async () => {
    const facts = await get(`${CUBE}/facts?format=csv&fields=region,amount&order=amount:desc&pagesize=1`);
    expect([facts.headers['content-type'], facts.headers['content-disposition'], facts.text]).toEqual([
      'text/csv; charset=utf-8',
      'attachment; filename="data.csv"',
      'amount,region.region\r\n2.50,south\r\n',
    ]);
    expect((await get(`${CUBE}/members/region?format=csv&q=NOR`)).text).toBe('region.region\r\nnorth\r\n');
    expect((await get(`${CUBE}/members/region?format=csv&q=none`)).text).toBe('region.region\r\n');
  });

  it('answers HEAD as it answers GET, without the body', async () => {
    const routes = ['model', 'aggregate', 'facts', 'facts?format=ndjson', 'facts.csv', 'members/region'];
    for (const route of routes) {
      const [whole, head] = [
        await get(`${CUBE}/${route}`),
        await request(app).head(`/api/3/cubes/${CUBE}/${route}`),
      ];
      expect([route, head.status, head.text ?? '']).toEqual([route, 200, '']);
      for (const header of ['content-type', 'content-length', 'etag', 'cache-control'])
        expect([route, head.headers[header]]).toEqual([route, whole.headers[header]]);
    }
  });

  it.each([
    ['place:"a|b"', 'a|b'],
    ['place:"[1..2]"', '[1..2]'],
    ['place:"null()"', 'null()'],
    ['place:x;y', 'x;y'],
    ['place:"he said \\"hi\\""', 'he said "hi"'],
    ['place:back\\slash', 'back\\slash'],
    ['place:Zürich 東京 🙂', 'Zürich 東京 🙂'],
    ['place:a:b', 'a:b'],
    ["place:it's'); DROP", "it's'); DROP"],
  ])('finds what is written with the signs of its own grammar: %s', async (cut, place) => {
    const found = await get(`${OWNER}:signs/facts?fields=place&cut=${encodeURIComponent(cut)}`);
    expect([found.status, found.body.data]).toEqual([200, [{ 'place.place': place }]]);
  });

  it('serves no JSONP: a callback is ignored', async () => {
    const answer = await get(`${CUBE}/aggregate?callback=steal&aggregates=_count`);
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.text).toMatch(/^\{/);
    const info = await request(app).get(`/api/3/info/${CUBE}/package?callback=steal`);
    expect(info.text).toMatch(/^\{/);
  });

  it('takes names with hyphens where the model has them', async () => {
    const cells = await get(`${CUBE}/aggregate?drilldown=sub-region&cut=sub-region.the-code:south`);
    expect(cells.body.cells).toMatchObject([{ 'sub-region.the-code': 'south', 'amount.sum': 2.5 }]);
    const members = await get(`${CUBE}/members/sub-region?order=sub-region.the-code:desc`);
    expect(members.body.data).toEqual([
      { 'sub-region.the-code': 'south' },
      { 'sub-region.the-code': 'north' },
    ]);
  });

  it.each([
    ['paid_on:2015-01-31', 1],
    ['paid_on:"2015-01-31";"2015-02-01"', 2],
    ['paid_on:[2015-02-01..]', 1],
    ['is_final:true', 1],
    ['amount:2.5', 1],
    ['amount!:"2.50"', 1],
  ])('cuts dates, booleans and decimals: %s', async (cut, count) => {
    const answer = await get(`${CUBE}/facts?cut=${encodeURIComponent(cut)}`);
    expect([answer.status, answer.body.total_fact_count]).toEqual([200, count]);
  });

  it('answers 500 where the model names what is not there, and says nothing of it', async () => {
    await bench.publish('broken', { data: CSV }, { change: withMissingTable });
    await bench.setPrivate('broken', false);
    const answer = await get(`${OWNER}:broken/aggregate?drilldown=lost`);
    expect(answer.status).toBe(500);
    expect(answer.body).toMatchObject({ status: 'error', message: expect.any(String) });
    expect(answer.text).not.toContain('secret_table');
    expect((await get(`${OWNER}:broken/aggregate`)).status).toBe(200);
  });
});

describe('a public cube that moderators have hidden', () => {
  const id = `${OWNER}:rude`;
  const routes = [
    ...[
      'model',
      'aggregate',
      'facts',
      'facts?format=ndjson',
      'facts.csv',
      'facts.parquet',
      'members/region',
    ].map((route) => `/api/3/cubes/${id}/${route}`),
    `/api/3/info/${id}/package`,
  ];
  const hide = (ids: readonly string[]) =>
    bench.registry.applyModeration({
      words: { blocked: [], allowed: [], longest: 0 },
      hidden: ids.map((hidden) => ({ kind: 'package', subject: hiddenSubject(hidden) })),
    });
  const ask = (path: string, headers: Record<string, string> = {}) =>
    request(app)
      .get(path)
      .set({ 'X-Request-Id': 'same', ...headers });
  const bearer = (userid: string) => {
    return { Authorization: `Bearer ${bench.issuer.serviceToken({ userid, service: 'os.datastore' })}` };
  };
  const isListed = async (headers: Record<string, string>) =>
    (await ask('/api/3/cubes/', headers)).body.data.some(({ name }: { name: string }) => name === id);

  it('is for everybody but its owner as if it were not there, at once, until it is shown again', async () => {
    await bench.publish('rude', { data: CSV });
    await bench.setPrivate('rude', false);
    const etags = new Map<string, string>();
    for (const path of routes) etags.set(path, String((await ask(path)).headers.etag));
    await hide([id]);
    for (const path of routes) {
      const unknown = await ask(path.replace(id, `${OWNER}:nothing`));
      for (const headers of [{}, bearer(OTHER), { 'If-None-Match': etags.get(path) ?? '' }]) {
        const answer = await ask(path, headers);
        expect([path, answer.status, answer.text]).toEqual([path, 404, unknown.text]);
      }
      const mine = await ask(path, bearer(OWNER));
      expect([path, mine.status, mine.headers['cache-control']]).toEqual([path, 200, 'private, no-cache']);
    }
    expect([await isListed({}), await isListed(bearer(OTHER)), await isListed(bearer(OWNER))]).toEqual([
      false,
      false,
      true,
    ]);
    await hide([]);
    for (const path of routes) expect([path, (await ask(path)).status]).toEqual([path, 200]);
    expect(await isListed({})).toBe(true);
  });
});

describe('an answer that somebody has kept', () => {
  it('is stale once parameters are set, and gone once the package is deleted', async () => {
    await bench.publish('kept', { data: CSV });
    await bench.setPrivate('kept', false);
    const path = `${OWNER}:kept/aggregate?drilldown=region`;
    const first = await get(path);
    const ifChanged = () => get(path).set('If-None-Match', String(first.headers.etag));
    expect((await ifChanged()).status).toBe(304);
    await bench.registry.setDefaultParams(`${OWNER}:kept`, { params: 'x' });
    const second = await ifChanged();
    expect([second.status, second.body]).toEqual([200, first.body]);
    await bench.remove('kept');
    expect((await ifChanged()).status).toBe(404);
  });
});
