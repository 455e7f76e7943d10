import type { JsonObject } from '@flyloft/registry';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import request from 'supertest';
import { type CubeBench, OWNER, openCubeBench } from './cube-bench.ts';

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
