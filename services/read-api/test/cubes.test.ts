import { checkForgedTokens } from '@flyloft/testing';
import type { Engine } from '@flyloft/warehouse';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import request from 'supertest';
import { type CubeBench, OTHER, OWNER, openCubeBench } from './cube-bench.ts';

const PUBLIC = `${OWNER}:open`;
const PRIVATE = `${OWNER}:closed`;

let bench: CubeBench;
let app: Express;
let slowApp: Express;

const publish = (name: string, data: string) => bench.publish(name, { data });

beforeAll(async () => {
  bench = await openCubeBench();
  await publish('open', 'region,amount\n"=north",1.50\nsouth,2.25\nsouth,0.25\n');
  await publish('closed', 'region,amount\nnorth,1\n');
  await bench.setPrivate('open', false);
  app = bench.makeApp();
  const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range % 7 = b.range % 3';
  const slow: Engine = {
    ...bench.engine,
    withSession: (work, options) =>
      bench.engine.withSession((session) => {
        const rows = () => session.rows(endless);
        return work({ ...session, rows, stream: () => session.stream(endless) });
      }, options),
  };
  slowApp = bench.makeApp({ engine: slow, queryTimeoutSeconds: 0.05 });
});

afterAll(() => bench.close());

const get = (path: string) => request(app).get(`/api/3${path}`);
const token = (userid: string, service = 'os.datastore') => bench.issuer.serviceToken({ userid, service });
const ROUTES = [
  'model',
  'aggregate',
  'facts',
  'facts?format=ndjson',
  'facts.csv',
  'facts.parquet',
  'members/region',
];

describe('the cube API', () => {
  it('answers with and without the slash at the end', async () => {
    for (const path of [
      '',
      '/cubes',
      ...ROUTES.filter((route) => !route.includes('?')).map((route) => `/cubes/${PUBLIC}/${route}`),
      `/info/${PUBLIC}/package`,
    ]) {
      const [without, with_] = [await get(path), await get(`${path}/`)];
      expect([path, without.status, with_.status]).toEqual([path, 200, 200]);
      // supertest listens on another port for every request
      const atAnyPort = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+/g, '');
      expect(atAnyPort(without.text ?? '')).toBe(atAnyPort(with_.text ?? ''));
    }
  });

  it('tells of itself and of its public cubes', async () => {
    expect((await get('/')).body).toMatchObject({
      status: 'ok',
      api: 'babbage',
      cubes_index_url: expect.stringMatching(/\/api\/3\/cubes\/$/),
    });
    expect((await get('/cubes/')).body).toEqual({ status: 'ok', data: [{ name: PUBLIC }] });
  });

  it('answers models, aggregates, facts, members and descriptors in their own forms', async () => {
    const model = (await get(`/cubes/${PUBLIC}/model`)).body;
    expect(model).toMatchObject({
      status: 'ok',
      name: PUBLIC,
      model: { dimensions: { region: { ref: 'region' } } },
    });
    const aggregate = await get(`/cubes/${PUBLIC}/aggregate?drilldown=region&order=amount.sum:desc`);
    expect(aggregate.text).toContain('"amount.sum":2.50');
    expect(aggregate.body).toMatchObject({
      status: 'ok',
      total_cell_count: 2,
      summary: { 'amount.sum': 4, _count: 3 },
    });
    expect((await get(`/cubes/${PUBLIC}/facts?pagesize=1`)).body).toMatchObject({
      status: 'ok',
      total_fact_count: 3,
    });
    expect((await get(`/cubes/${PUBLIC}/members/region?q=SOU`)).body).toMatchObject({
      total_member_count: 1,
    });
    expect((await get(`/info/${PUBLIC}/package`)).body).toMatchObject({
      title: 'open',
      __origin_url: expect.stringContaining('/open/'),
    });
  });

  it('writes CSV, harmless where a browser would hand it to a spreadsheet', async () => {
    const path = `/cubes/${PUBLIC}/aggregate?drilldown=region&format=csv&aggregates=_count`;
    const plain = await get(path);
    expect(plain.headers['content-type']).toContain('text/csv');
    expect(plain.headers['content-disposition']).toContain('data.csv');
    expect(plain.text).toBe('_count,region.region\r\n1,=north\r\n2,south\r\n');
    expect((await get(path).set('Sec-Fetch-Dest', 'document')).text).toContain("1,'=north");
    expect((await get(`${path}&safe=1`)).text).toContain("1,'=north");
    expect((await get(`${path}&cut=region:nowhere`)).text).toBe('_count,region.region\r\n');
  });

  it('lets a script of any site ask with a token, and read what it is told beside the answer', async () => {
    const before = await request(app)
      .options(`/api/3/cubes/${PUBLIC}/aggregate`)
      .set({ Origin: 'https://viewer.test', 'Access-Control-Request-Headers': 'authorization' });
    expect([before.status, before.headers['access-control-allow-origin']]).toEqual([200, '*']);
    expect(before.headers['access-control-allow-headers']).toContain('Authorization');
    const { headers } = await get(`/cubes/${PUBLIC}/model`);
    expect(headers['access-control-expose-headers']).toContain('ETag');
  });

  it('may be read from any site, tells its times, and is not sent twice', async () => {
    const path = `/cubes/${PUBLIC}/aggregate?drilldown=region`;
    const first = await get(path);
    expect(first.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'cache-control': 'public, no-cache',
      'server-timing': expect.stringContaining('database;dur='),
    });
    const again = await get(path).set('If-None-Match', String(first.headers.etag));
    expect([again.status, again.text]).toEqual([304, '']);
    for (const other of [
      '',
      '/cubes',
      `/cubes/${PUBLIC}/model`,
      `/cubes/${PUBLIC}/aggregate?cut=nothing:1`,
    ]) {
      expect((await get(other)).headers['server-timing']).toContain('dur=');
    }
    expect(again.headers['server-timing']).toContain('authorise;dur=');
    // kept: the engine was not asked again
    expect((await get(path)).headers['server-timing']).not.toContain('database');
  });

  it('serves a new load at once, under another ETag', async () => {
    const path = `/cubes/${OWNER}:moving/aggregate`;
    const bearer = { Authorization: `Bearer ${token(OWNER)}` };
    await publish('moving', 'region,amount\nnorth,1\n');
    const before = await get(path).set(bearer);
    await publish('moving', 'region,amount\nnorth,2\n');
    const after = await get(path).set(bearer).set('If-None-Match', String(before.headers.etag));
    expect([before.body.summary['amount.sum'], after.status, after.body.summary['amount.sum']]).toEqual([
      1, 200, 2,
    ]);
  });
});

describe('a package with a table for a dimension', () => {
  it('is queried over both, members without facts among them', async () => {
    const tables = {
      data: 'area,amount\nn,1.50\ns,2.25\nelsewhere,4.00\n',
      areas: 'code,name\nn,North\ns,South\nw,West\n',
    };
    const attribute = (column: string) => ({ label: column, column: `star_areas.${column}`, type: 'string' });
    await bench.publish('star', tables, {
      change: (model) => ({
        ...model,
        dimensions: {
          area: {
            label: 'Area',
            key_attribute: 'code',
            label_attribute: 'name',
            attributes: { code: attribute('code'), name: attribute('name') },
            cardinality_class: 'tiny',
            join_column: 'area',
          },
        },
      }),
    });
    await bench.setPrivate('star', false);
    const ask = async (path: string) => (await get(`/cubes/${OWNER}:star/${path}`)).body;
    expect(await ask('aggregate?drilldown=area.name&aggregates=amount.sum')).toMatchObject({
      cells: [
        { 'area.name': 'North', 'amount.sum': 1.5 },
        { 'area.name': 'South', 'amount.sum': 2.25 },
      ],
      total_cell_count: 2,
      summary: { 'amount.sum': 7.75 },
    });
    expect(await ask('members/area')).toMatchObject({
      total_member_count: 3,
      data: [{}, {}, { 'area.code': 'w', 'area.name': 'West' }],
    });
    expect(await ask('facts?cut=area.name:South')).toMatchObject({
      total_fact_count: 1,
      data: [{ 'area.code': 's', 'area.name': 'South', amount: 2.25 }],
    });
  });
});

describe('explain=true', () => {
  it('shows the owner statements and plans, without where files are', async () => {
    for (const route of ['aggregate?drilldown=region&', 'facts?', 'members/region?']) {
      const path = `/cubes/${PUBLIC}/${route}cut=region:south&explain=true`;
      const answer = await get(path).set('Authorization', `Bearer ${token(OWNER)}`);
      expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'private, no-store']);
      expect(answer.body.explain[0]).toMatchObject({
        sql: expect.stringContaining("read_parquet('open_data')"),
        parameters: ['south'],
        plan: expect.stringContaining('PARQUET'),
      });
      expect(answer.text).not.toContain(bench.folder);
    }
  });

  it('is 403 for everybody else', async () => {
    for (const headers of [{}, { Authorization: `Bearer ${token(OTHER)}` }]) {
      const answer = await get(`/cubes/${PUBLIC}/facts?explain=true`).set(headers);
      expect([answer.status, answer.body.code]).toEqual([403, 'permission_denied']);
    }
  });
});

describe('a refused query', () => {
  it.each([
    ['drilldown=nothing', 'drilldown'],
    ['aggregates=nothing', 'aggregates'],
    ['cut=nothing:1', 'cut'],
    ['cut=amount:many', 'cut'],
    ['cut=amount.sum:1', 'cut'],
    ['order=amount.max', 'order'],
    ['drilldown=region&drilldown=amount', 'drilldown'],
    ['format=ndjson', 'format'],
    ['explain=maybe', 'explain'],
    ['count=maybe', 'count'],
    ['safe=maybe', 'safe'],
    ['summary=maybe', 'summary'],
  ])('%s is 400 and names the parameter', async (query, parameter) => {
    const answer = await get(`/cubes/${PUBLIC}/aggregate?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      status: 'error',
      code: 'invalid_parameter',
      message: expect.any(String),
    });
    expect(Object.keys(answer.body.context)).toEqual([parameter]);
  });

  it('of members without such a ref is 400', async () => {
    expect((await get(`/cubes/${PUBLIC}/members/amount`)).status).toBe(400);
  });

  it.each([
    ['aggregate?drilldown=regoin', 'drilldown', 'did you mean "region"?'],
    ['aggregate?aggregates=cost.sum', 'aggregates', 'write one of amount.sum, _count'],
    ['facts?fields=cost', 'fields', 'write one of region, amount, region.region'],
    ['facts?order=amuont', 'order', 'did you mean "amount"?'],
    ['members/cost', 'members', 'write one of region, region.region'],
  ])('%s names what is not there, and what is', async (path, parameter, hint) => {
    const { body } = await get(`/cubes/${PUBLIC}/${path}`);
    expect(body.context[parameter]).toMatch(/^there is no "\S+" in this cube: /);
    expect(body.context[parameter]).toContain(hint);
  });

  it('that takes too long is 504', async () => {
    for (const path of ['aggregate', 'facts.csv', 'facts?format=ndjson']) {
      const answer = await request(slowApp).get(`/api/3/cubes/${PUBLIC}/${path}`);
      expect([path, answer.status, answer.body.code]).toEqual([path, 504, 'query_timeout']);
    }
  });

  it('with another method is 405', async () => {
    expect((await request(app).post(`/api/3/cubes/${PUBLIC}/aggregate`)).status).toBe(405);
  });
});

describe('a private cube', () => {
  const paths = [...ROUTES.map((route) => `/cubes/${PRIVATE}/${route}`), `/info/${PRIVATE}/package`];

  it('answers its owner, by header or parameter, with a token of either service', async () => {
    for (const path of paths) {
      for (const service of ['os.datastore', 'data-sets']) {
        expect((await get(path).set('Authorization', `Bearer ${token(OWNER, service)}`)).status).toBe(200);
      }
      const answer = await get(`${path}${path.includes('?') ? '&' : '?'}jwt=${token(OWNER)}`);
      expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'private, no-cache']);
    }
    const { body } = await get('/cubes/').set('Authorization', `Bearer ${token(OWNER)}`);
    expect(body.data.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining([PRIVATE, PUBLIC]),
    );
  });

  it('is for everybody else, byte for byte, as if it were not there', async () => {
    for (const path of paths) {
      for (const headers of [{}, { Authorization: `Bearer ${token(OTHER)}` }]) {
        const ask = (target: string) => get(target).set({ ...headers, 'X-Request-Id': 'same' });
        const hidden = await ask(path);
        const unknown = await ask(path.replace(PRIVATE, `${OWNER}:nothing`));
        expect(hidden.status).toBe(404);
        expect(hidden.text).toBe(unknown.text);
        const visible = (all: Record<string, unknown>) => ({ ...all, date: undefined });
        expect(visible(hidden.headers)).toEqual(visible(unknown.headers));
      }
    }
  });

  it('tells strangers nothing by wrong queries, ETags or parts either', async () => {
    for (const path of [
      'aggregate?drilldown=nothing',
      'facts?format=xml',
      'facts?explain=true',
      'facts.parquet',
    ]) {
      const ask = (id: string) =>
        get(`/cubes/${id}/${path}`).set({ 'If-None-Match': '*', Range: 'bytes=0-1', 'X-Request-Id': 'same' });
      const [hidden, unknown] = [await ask(PRIVATE), await ask(`${OWNER}:nothing`)];
      expect([path, hidden.status, hidden.text]).toEqual([path, 404, unknown.text]);
    }
  });

  it('appears and disappears at once on every replica, whatever they have kept', async () => {
    const replicas = [bench.makeApp(), bench.makeApp()];
    const path = `/api/3/cubes/${OWNER}:shown/aggregate`;
    await publish('shown', 'region,amount\nnorth,1\n');
    const etags = new Map<Express, string>();
    const askAll = () =>
      Promise.all(
        replicas.map(async (replica) => {
          const answer = await request(replica)
            .get(path)
            .set('If-None-Match', etags.get(replica) ?? '"none"');
          if (answer.status === 200) etags.set(replica, String(answer.headers.etag));
          return answer.status;
        }),
      );
    for (const round of [1, 2]) {
      await bench.setPrivate('shown', false);
      expect([round, await askAll(), await askAll()]).toEqual([round, [200, 200], [304, 304]]);
      await bench.setPrivate('shown', true);
      expect([round, await askAll()]).toEqual([round, [404, 404]]);
    }
    await bench.remove('shown');
    const mine = await request(replicas[0] ?? app)
      .get(path)
      .set('Authorization', `Bearer ${token(OWNER)}`);
    expect(mine.status).toBe(404);
  });

  it('is never answered from what was kept for its owner', async () => {
    const path = `/cubes/${PRIVATE}/aggregate?drilldown=region`;
    const mine = await get(path).set('Authorization', `Bearer ${token(OWNER)}`);
    expect((await get(path)).status).toBe(404);
    expect((await get(path).set('If-None-Match', String(mine.headers.etag))).status).toBe(404);
  });

  it('D1 D2 D3 D4 D5: refuses every forged token', async () => {
    const path = `/api/3/cubes/${PRIVATE}/aggregate`;
    for (const audience of ['os.datastore', 'data-sets']) {
      const faults = await checkForgedTokens({
        issuer: bench.issuer,
        audience,
        send: (forged) => request(app).get(path).set('Authorization', `Bearer ${forged}`),
      });
      expect(faults).toEqual([]);
    }
  });
});
