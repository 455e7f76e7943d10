import { forgedTokens } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import request from 'supertest';
import { ANN, announce, BOB, startConductor, type TestConductor, uploadFiles } from './conductor.ts';
import { begin, publishPackage } from './published.ts';

const ROOT = 'f'.repeat(32);
const KEY = 'a key: with a colon';

let conductor: TestConductor;

beforeAll(async () => {
  conductor = await startConductor({ apiKeys: `other:${BOB},${KEY}:${ANN}`, maxOwnerBytes: 1_000 });
});

afterAll(() => conductor.close());

const post = (path: string, query: Record<string, string>, headers: Record<string, string> = {}) =>
  request(conductor.origin).post(path).query(query).set(headers);
const administrator = () =>
  conductor.issuer.serviceToken({ service: 'os.datastore', userid: ROOT, permissions: { admin: true } });
const authorize = (owner: string, headers: Record<string, string>, bytes = 5) =>
  request(conductor.origin)
    .post('/datastore/')
    .set(headers)
    .send({
      metadata: { owner, name: 'quota' },
      filedata: { [`file-${bytes}`]: announce('x'.repeat(bytes)) },
    });

async function audits(): Promise<string[]> {
  const client = new Client({ connectionString: conductor.databaseUrl });
  await client.connect();
  const { rows } = await client.query('SELECT actor, owner, action FROM registry.audit ORDER BY id');
  await client.end();
  return rows.map(({ actor, owner, action }) => `${actor[0]} ${action} for ${owner[0]}`);
}

describe('an API-Key', () => {
  it('counts as its user on /datastore and /package, before any token', async () => {
    const headers = { 'API-Key': KEY };
    expect((await authorize(ANN, headers)).status).toBe(200);
    expect((await authorize(BOB, headers)).status).toBe(401);
    const info = await request(conductor.origin).get('/datastore/info').set(headers);
    expect(info.body.prefixes[0]).toContain(ANN);
    const id = await publishPackage(conductor, { name: 'by-key' });
    const published = await post('/package/publish', { id, publish: 'true', jwt: 'nonsense' }, headers);
    expect(published.body).toEqual({ success: true, published: true });
  });

  it('that is not known is refused, whatever token stands beside it', async () => {
    const headers = { 'API-Key': 'unknown', 'Auth-Token': conductor.tokenOf(ANN) };
    expect((await authorize(ANN, headers)).status).toBe(401);
    expect((await post('/package/delete', { id: `${ANN}:x` }, headers)).body).toBeNull();
    const upload = await post('/package/upload', { datapackage: 'https://x.example/' }, headers);
    expect(upload.body).toEqual({ status: 'fail', error: 'unauthorized' });
  });

  it('is not for the newer endpoints', async () => {
    expect((await request(conductor.origin).get('/packages').set('API-Key', KEY)).status).toBe(401);
  });
});

describe('an administrator', () => {
  it('may act for any owner, and what is done is written down', async () => {
    const jwt = administrator();
    const id = await publishPackage(conductor, { owner: BOB, name: 'acted-for' });
    expect((await post('/package/publish', { id, publish: 'true', jwt })).body.success).toBe(true);
    const params = await post('/package/update_params', { id, jwt }).send({ params: 'a=1' });
    expect(params.body).toEqual({ success: true });
    const { loadId } = await begin(conductor, BOB);
    expect((await post(`/loads/${loadId}/cancel`, { jwt })).status).toBe(200);
    expect((await request(conductor.origin).get(`/packages/${id}/loads`).query({ jwt })).status).toBe(200);
    const datapackage = `${conductor.origin}/files/${BOB}/x/datapackage.json`;
    const { body } = await post('/package/upload', { datapackage, jwt });
    expect((await conductor.registry.findLoad(body.load))?.requestedBy).toBe(BOB);
    expect((await authorize(BOB, { 'Auth-Token': jwt })).status).toBe(200);
    expect((await post('/package/delete', { id, jwt })).body).toEqual({ success: true });
    expect(await audits()).toEqual([
      'f package.publish for b',
      'f package.update_params for b',
      'f load.cancel for b',
      'f package.load for b',
      'f datastore.authorize for b',
      'f package.delete for b',
    ]);
  });
});

describe('POST /package/delete', () => {
  it('D1 D2 D3 D4 D5: is 403 without a token, 400 without an id, null for others and forged tokens, and tells whether there was one', async () => {
    const id = await publishPackage(conductor, { name: 'deleted' });
    const jwt = conductor.tokenOf(ANN);
    expect((await post('/package/delete', {})).status).toBe(403);
    expect((await post('/package/delete', { jwt })).status).toBe(400);
    expect((await post('/package/delete', { id, jwt: conductor.tokenOf(BOB) })).body).toBeNull();
    for (const { name, token } of forgedTokens(conductor.issuer, {
      audience: 'os.datastore',
      attackerUrl: 'http://127.0.0.1:1',
    })) {
      const answer = await post('/package/delete', { id, jwt: token });
      expect([name, answer.status, answer.body]).toEqual([name, 200, null]);
    }
    expect((await post('/package/delete', { id, jwt })).body).toEqual({ success: true });
    expect((await post('/package/delete', { id, jwt })).body).toEqual({ success: false });
  });
});

describe('POST /package/update_params', () => {
  const send = (query: Record<string, string>, body: string, type = 'application/json') =>
    post('/package/update_params', query, { 'Content-Type': type }).send(body);
  const good = JSON.stringify({ params: 'lang=ro&groups[]=x' });

  it('stores the body as defaultParams of the package', async () => {
    const id = await publishPackage(conductor, { name: 'params' });
    expect((await send({ id, jwt: conductor.tokenOf(ANN) }, good)).body).toEqual({ success: true });
    const registered = await conductor.registry.findPackage(id);
    expect(registered?.descriptor.defaultParams).toEqual({ params: 'lang=ro&groups[]=x' });
  });

  it('D1 D2 D3 D4 D5: answers null for every forged token, and changes nothing', async () => {
    const id = await publishPackage(conductor, { name: 'forged-params' });
    const options = { audience: 'os.datastore', attackerUrl: 'http://127.0.0.1:1' };
    for (const { name, token } of forgedTokens(conductor.issuer, options)) {
      const { status, body } = await send({ id, jwt: token }, good);
      expect([name, status, body]).toEqual([name, 200, null]);
    }
    expect((await conductor.registry.findPackage(id))?.descriptor.defaultParams).toBeUndefined();
  });

  it('checks body, id and token in this order, and answers null for what is not theirs', async () => {
    const jwt = conductor.tokenOf(ANN);
    const id = `${ANN}:none`;
    const table: [Record<string, string>, string, string, number][] = [
      [{}, good, 'text/plain', 400],
      [{}, '{', 'application/json', 400],
      [{ id, jwt }, '{"params":7}', 'application/json', 400],
      [{ id, jwt }, '[]', 'application/json', 400],
      [{ id, jwt }, 'null', 'application/json', 400],
      [{ id, jwt }, JSON.stringify({ params: '\u0000' }), 'application/json', 400],
      [{ id, jwt }, '{"params":"\\ud800"}', 'application/json', 400],
      [{ id, jwt }, JSON.stringify({ params: 'x'.repeat(200_000) }), 'application/json', 413],
      [{ jwt }, good, 'application/json', 400],
      [{ id }, good, 'application/json', 403],
      [{ id, jwt: 'x' }, good, 'application/json', 200],
      [{ id: `${BOB}:x`, jwt }, good, 'application/json', 200],
      [{ id, jwt }, good, 'application/json', 200],
    ];
    for (const [query, body, type, status] of table) {
      const answer = await send(query, body, type);
      expect([body.slice(0, 40), answer.status]).toEqual([body.slice(0, 40), status]);
      if (status === 200) expect(answer.body).toBeNull();
    }
  });
});

describe('MAX_OWNER_BYTES', () => {
  it('bounds what is stored and announced together; other owners have their own', async () => {
    const owner = 'd'.repeat(32);
    const headers = { 'Auth-Token': conductor.tokenOf(owner) };
    await uploadFiles(conductor, owner, 'stored', { 'a.csv': 'x'.repeat(600) });
    const refused = await authorize(owner, headers, 401);
    expect([refused.status, refused.body.detail]).toEqual([413, expect.stringContaining('1000 are allowed')]);
    expect((await authorize(owner, headers, 400)).status).toBe(200);
    expect((await authorize(owner, headers, 1)).status).toBe(413);
    // the very same file again takes no more room
    expect((await authorize(owner, headers, 400)).status).toBe(200);
    const other = 'e'.repeat(32);
    expect((await authorize(other, { 'Auth-Token': conductor.tokenOf(other) }, 1_000)).status).toBe(200);
  });
});
