import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createTokenVerifier } from '@flyloft/common';
import { createPostgresDataSets } from '@flyloft/data-sets';
import { createDiskStore } from '@flyloft/object-store';
import { createRegistry, cubeFilesPrefix, type Registry } from '@flyloft/registry';
import { createLogger, createMetrics } from '@flyloft/service-kit';
import { checkForgedTokens, createTestDatabase, createTestIssuer, type TestIssuer } from '@flyloft/testing';
import {
  createDuckDbEngine,
  type Engine,
  fileBytes,
  modelOf,
  parseDescriptor,
  prepareTable,
  writeCubeFile,
  writeTable,
} from '@flyloft/warehouse';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import { Client } from 'pg';
import request from 'supertest';
import { createApp } from '../src/app.ts';
import { createAnswerCache } from '../src/cubes/answer-cache.ts';
import { filesInPlace } from '../src/cubes/disk/in-place.ts';
import { dataSetsVerifier } from './harness.ts';

const OWNER = 'd41d8cd98f00b204e9800998ecf8427e';
const OTHER = '00000000000000000000000000000000';
const PUBLIC = `${OWNER}:open`;
const PRIVATE = `${OWNER}:closed`;

let folder: string;
let registry: Registry;
let engine: Engine;
let issuer: TestIssuer;
let app: Express;
let slowApp: Express;
const closing: (() => unknown)[] = [];

/** Publishes a package as the worker does, in as few steps as the registry allows. */
async function publish(name: string, csv: string): Promise<void> {
  const datapackage = `http://flyloft.test/files/${OWNER}/${name}/datapackage.json`;
  const { load } = await registry.createLoad({ datapackage, address: datapackage, requestedBy: OWNER });
  const started = await registry.startAttempt(load.id, load.attempt);
  if (started === undefined) throw new Error('the load was begun by another');
  const { attempt } = started;
  const id = `${OWNER}:${name}`;
  await registry.claimPackage(attempt, id);
  const key = `${cubeFilesPrefix(id, load.id, attempt.attempt)}data.parquet`;
  const target = join(folder, 'objects', key);
  await mkdir(join(target, '..'), { recursive: true });
  const source = join(folder, `${name}.csv`);
  const descriptor = parseDescriptor(
    JSON.stringify({ name, resources: [{ name: 'data', path: 'data.csv' }] }),
  );
  const [resource] = descriptor.resources;
  if (resource === undefined) throw new Error('no resource');
  await engine.withSession(async (session) => {
    const written = await writeTable({
      ...{ name: 'data', resource, target: source, maxBytes: 1e6 },
      parts: [{ name: 'data.csv', isGzipped: false, open: async () => Readable.from([Buffer.from(csv)]) }],
      signal: new AbortController().signal,
      see: () => undefined,
    });
    const bytes = fileBytes(source);
    const file = { bytes, written, resource: 'data', descriptor: resource, fiscalModel: undefined };
    const table = await prepareTable(session, file);
    const rows = await writeCubeFile({ session, table, target });
    const model = await modelOf(session, table, target, name);
    const cubes = [{ id, resource: 'data', file: key, rows, columns: [], model }];
    await registry.publish(attempt, { packageId: id, descriptor: { name, title: name }, model, cubes, rows });
  });
}

async function setPrivate(databaseUrl: string, id: string, value: boolean): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('UPDATE registry.packages SET private = $2 WHERE id = $1', [id, value]);
  await client.end();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flyloft-cubes-'));
  const database = await createTestDatabase();
  registry = createRegistry({ connectionString: database.url });
  engine = await createDuckDbEngine({ folders: [folder], memoryMegabytes: 200, threads: 2 });
  issuer = await createTestIssuer();
  const dataSets = createPostgresDataSets({ connectionString: database.url });
  closing.push(
    () => dataSets.close(),
    () => registry.close(),
    () => engine.close(),
    () => database.drop(),
    () => rm(folder, { recursive: true, force: true }),
  );
  await publish('open', 'region,amount\n"=north",1.50\nsouth,2.25\nsouth,0.25\n');
  await publish('closed', 'region,amount\nnorth,1\n');
  await setPrivate(database.url, PUBLIC, false);
  const make = (using: Engine, queryTimeoutSeconds: number) =>
    createApp({
      logger: createLogger('read-api', 'silent'),
      metrics: createMetrics('read-api'),
      healthChecks: [],
      dataSets,
      dataSetsVerifier,
      cubes: {
        registry,
        engine: using,
        files: filesInPlace(createDiskStore({ folder })),
        answers: createAnswerCache(1_000_000),
        verifier: createTokenVerifier({
          issuer: issuer.issuer,
          audiences: ['os.datastore', 'data-sets'],
          keys: { kind: 'static', jwks: issuer.jwks },
        }),
        queryTimeoutSeconds,
      },
    });
  app = make(engine, 10);
  const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range % 7 = b.range % 3';
  const slow: Engine = {
    ...engine,
    withSession: (work, options) =>
      engine.withSession((session) => work({ ...session, rows: () => session.rows(endless) }), options),
  };
  slowApp = make(slow, 0.05);
});

afterAll(async () => {
  for (const close of closing) await close();
});

const get = (path: string) => request(app).get(`/api/3${path}`);
const token = (userid: string, service = 'os.datastore') => issuer.serviceToken({ userid, service });
const ROUTES = ['model', 'aggregate', 'facts', 'members/region'];

describe('the cube API', () => {
  it('answers with and without the slash at the end', async () => {
    for (const path of [
      '',
      '/cubes',
      ...ROUTES.map((route) => `/cubes/${PUBLIC}/${route}`),
      `/info/${PUBLIC}/package`,
    ]) {
      const [without, with_] = [await get(path), await get(`${path}/`)];
      expect([path, without.status, with_.status]).toEqual([path, 200, 200]);
      // supertest listens on another port for every request
      const atAnyPort = (text: string) => text.replaceAll(/127\.0\.0\.1:\d+/g, '');
      expect(atAnyPort(without.text)).toBe(atAnyPort(with_.text));
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
    ['explain=true', 'explain'],
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

  it('that takes too long is 504', async () => {
    const answer = await request(slowApp).get(`/api/3/cubes/${PUBLIC}/aggregate`);
    expect([answer.status, answer.body.code]).toEqual([504, 'query_timeout']);
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
      const answer = await get(`${path}?jwt=${token(OWNER)}`);
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
        issuer,
        audience,
        send: (forged) => request(app).get(path).set('Authorization', `Bearer ${forged}`),
      });
      expect(faults).toEqual([]);
    }
  }, 30_000);
});
