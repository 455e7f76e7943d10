import { checkForgedTokens } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { ANN, announce, BOB, md5Of, startConductor, type TestConductor } from './conductor.ts';

let conductor: TestConductor;
let token: string;

beforeAll(async () => {
  conductor = await startConductor({ maxFileBytes: 1_000 });
  token = conductor.tokenOf(ANN);
});

afterAll(() => conductor.close());

const metadata = { owner: ANN, name: 'budget' };

const authorize = (body: unknown, path = '/datastore/authorize') =>
  request(conductor.origin)
    .post(path)
    .set('Auth-Token', token)
    .set('Content-Type', 'text/plain')
    .send(typeof body === 'string' ? body : JSON.stringify(body));

describe.each(['/datastore/authorize', '/datastore/'])('POST %s', (path) => {
  it('signs an address for each file and repeats what was announced', async () => {
    const files = { 'data/a b.csv': announce('x', { type: 'text/csv' }), 'datapackage.json': announce('{}') };
    const answer = await authorize({ metadata, filedata: files }, path);
    expect(answer.status).toBe(200);
    expect(answer.type).toBe('application/json');
    expect(answer.body.filedata['data/a b.csv']).toEqual({
      ...files['data/a b.csv'],
      upload_url: `${conductor.origin}/files/${ANN}/budget/data/a%20b.csv`,
      upload_query: {
        Expires: [expect.stringMatching(/^\d+$/)],
        Length: ['1'],
        SignedHeaders: ['content-md5;content-type'],
        Signature: [expect.any(String)],
      },
    });
    expect(answer.body.filedata['datapackage.json']).not.toHaveProperty('type');
    const [expires] = answer.body.filedata['datapackage.json'].upload_query.Expires;
    // for 24 hours
    expect(Math.abs(Number(expires) - Date.now() / 1000 - 86_400)).toBeLessThan(600);
  });

  it('takes the token from Auth-Token, Authorization and jwt alike', async () => {
    const body = JSON.stringify({ metadata, filedata: {} });
    const send = () => request(conductor.origin).post(path);
    expect((await send().set('Auth-Token', token).send(body)).status).toBe(200);
    expect((await send().set('Authorization', `Bearer ${token}`).send(body)).status).toBe(200);
    expect((await send().query({ jwt: token }).send(body)).status).toBe(200);
  });

  it('takes a token that stands in several places, and refuses to choose between two', async () => {
    const send = (headers: Record<string, string>) =>
      request(conductor.origin)
        .post(path)
        .query({ jwt: token })
        .set(headers)
        .send(JSON.stringify({ metadata, filedata: {} }));
    expect((await send({ 'Auth-Token': token, Authorization: `Bearer ${token}` })).status).toBe(200);
    const other = await send({ 'Auth-Token': conductor.tokenOf(BOB) });
    expect([other.status, other.body.code]).toEqual([400, 'conflicting_tokens']);
  });

  it('has no back door: the old testing-token is no token, for its old owner neither', async () => {
    const send = (owner: string) =>
      request(conductor.origin)
        .post(path)
        .set('Auth-Token', 'testing-token')
        .send(JSON.stringify({ metadata: { owner, name: 'x' }, filedata: {} }));
    expect((await send('__tests')).status).toBe(400);
    expect((await send(ANN)).status).toBe(401);
  });

  it('D1 D2 D3 D4 D5: refuses every forged token', async () => {
    const send = (forged: string) =>
      request(conductor.origin)
        .post(path)
        .set('Auth-Token', forged)
        .send(JSON.stringify({ metadata, filedata: {} }));
    expect((await send(token)).status).toBe(200);
    expect(await checkForgedTokens({ issuer: conductor.issuer, audience: 'os.datastore', send })).toEqual([]);
  });
});

describe('the order in which /datastore/authorize looks at a request', () => {
  const bad = { length: 'x' };

  it('is: the body, before anything else', async () => {
    const answer = await request(conductor.origin).post('/datastore/authorize').send('{"metadata":');
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('invalid_json');
  });

  it.each([
    ['owner', { name: 'budget' }],
    ['name', { owner: ANN }],
    ['owner', undefined],
    ['owner', { owner: '../x', name: 'budget' }],
    ['name', { owner: ANN, name: 'Budget 2014' }],
  ])('then the names: a bad %s is 400 even without a token', async (field, names) => {
    const answer = await request(conductor.origin)
      .post('/datastore/authorize')
      .send(JSON.stringify({ metadata: names, filedata: { a: bad } }));
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain(`metadata.${field}`);
  });

  it('then the token: 401 even when the files are bad', async () => {
    const body = JSON.stringify({ metadata, filedata: { a: bad } });
    const post = () => request(conductor.origin).post('/datastore/authorize');
    const missing = await post().send(body);
    expect(missing.status).toBe(401);
    expect(missing.headers['www-authenticate']).toContain('Bearer');
    expect((await post().set('Auth-Token', conductor.tokenOf(BOB)).send(body)).status).toBe(401);
    const powerless = conductor.issuer.serviceToken({ service: 'os.datastore', userid: ANN });
    expect((await post().set('Auth-Token', powerless).send(body)).status).toBe(401);
  });

  it.each([
    ['filedata is missing', undefined],
    ['filedata is missing', []],
    ['a.csv: length is missing', { 'a.csv': { name: 'a', md5: md5Of('') } }],
    ['a.csv: md5 is missing', { 'a.csv': { name: 'a', length: 0 } }],
    ['a.csv: name is missing', { 'a.csv': { length: 0, md5: md5Of('') } }],
    ['a.csv: length', { 'a.csv': announce('', { length: -1 }) }],
    ['a.csv: length', { 'a.csv': announce('', { length: 1.5 }) }],
    ['a.csv: length', { 'a.csv': announce('', { length: '1' }) }],
    ['a.csv: md5', { 'a.csv': announce('', { md5: 'd41d8cd98f00b204e9800998ecf8427e' }) }],
    ['a.csv: md5', { 'a.csv': announce('', { md5: 'AAAA' }) }],
    ['a.csv: name', { 'a.csv': announce('', { name: 7 }) }],
    ['a.csv: type', { 'a.csv': announce('', { type: 'text/csv\r\nX: y' }) }],
    ['a.csv: length is missing', { 'a.csv': null }],
    ['"../x" contains the part ".."', { '../x': announce('') }],
    ['"/etc/passwd" begins with "/"', { '/etc/passwd': announce('') }],
    ['"" is empty', { '': announce('') }],
    ['contains a control character', { 'a\u0000b': announce('') }],
  ])('then each file: "%s"', async (detail, filedata) => {
    const answer = await authorize({ metadata, filedata });
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain(detail);
  });

  it('says 413 for a file that is too large', async () => {
    const answer = await authorize({ metadata, filedata: { 'big.csv': announce('', { length: 1_001 }) } });
    expect(answer.status).toBe(413);
    expect(answer.body.detail).toContain('big.csv');
  });

  it('survives a path called __proto__', async () => {
    const filedata = JSON.parse(`{"__proto__": ${JSON.stringify(announce('x'))}}`);
    const answer = await authorize({ metadata, filedata });
    expect(answer.status).toBe(200);
    expect(Object.keys(JSON.parse(answer.text).filedata)).toEqual(['__proto__']);
  });
});

describe('GET /datastore/info', () => {
  it('answers the prefixes of the caller', async () => {
    const answer = await request(conductor.origin).get('/datastore/info').set('Auth-Token', token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ prefixes: [`${conductor.origin}/files/${ANN}`] });
  });

  it('is 401 without a token, and for every forged one', async () => {
    const send = (forged: string) => request(conductor.origin).get('/datastore/info').query({ jwt: forged });
    expect((await request(conductor.origin).get('/datastore/info')).status).toBe(401);
    expect((await send(token)).status).toBe(200);
    expect(await checkForgedTokens({ issuer: conductor.issuer, audience: 'os.datastore', send })).toEqual([]);
  });
});

describe('health', () => {
  it('is ready while database, queue and store answer', async () => {
    const answer = await request(conductor.origin).get('/readyz');
    expect(answer.status).toBe(200);
    expect(answer.body.checks).toEqual({ database: 'ok', queue: 'ok', store: 'ok', workers: 'ok' });
  });
});
