import { randomUUID } from 'node:crypto';
import { checkForgedTokens, forgedTokens } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import request from 'supertest';
import { ANN, BOB, startConductor, type TestConductor } from './conductor.ts';
import { begin } from './published.ts';

let conductor: TestConductor;
let token: string;

beforeAll(async () => {
  conductor = await startConductor();
  token = conductor.tokenOf(ANN);
});

afterAll(() => conductor.close());

const newAddress = (owner = ANN) => `${conductor.origin}/files/${owner}/${randomUUID()}/datapackage.json`;
const upload = (query: Record<string, string>) =>
  request(conductor.origin).post('/package/upload').query(query);
const status = (datapackage: string) =>
  request(conductor.origin).get('/package/status').query({ datapackage });

/** A bad token that is refused for each of the reasons there are. */
const forged = () =>
  forgedTokens(conductor.issuer, { audience: 'os.datastore', attackerUrl: 'http://127.0.0.1:1' });

describe('POST /package/upload', () => {
  it('is 400 without datapackage, tested first', async () => {
    expect((await upload({})).status).toBe(400);
    expect((await upload({ datapackage: '' })).status).toBe(400);
  });

  it('is 403 without a token', async () => {
    expect((await upload({ datapackage: newAddress() })).status).toBe(403);
  });

  it('D1 D2 D3 D4 D5: answers fail, and keeps nothing, for every token that is not good', async () => {
    const datapackage = newAddress();
    for (const { name, token: bad } of forged()) {
      const answer = await upload({ datapackage, jwt: bad });
      expect([name, answer.status, answer.body]).toEqual([
        name,
        200,
        { status: 'fail', error: 'unauthorized' },
      ]);
    }
    expect((await status(datapackage)).status).toBe(404);
  });

  it('queues the load: its row is there before the answer', async () => {
    const datapackage = newAddress();
    const answer = await upload({ datapackage, jwt: token });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ status: 'queued', progress: 0, load: expect.any(String) });
    expect(await conductor.registry.findLoad(answer.body.load)).toMatchObject({
      requestedBy: ANN,
      datapackage,
    });
  });

  it('takes its parameters from a form too, and its token from a header', async () => {
    const answer = await request(conductor.origin)
      .post('/package/upload')
      .set('Auth-Token', token)
      .type('form')
      .send({ datapackage: newAddress(), force: 'true' });
    expect(answer.body.status).toBe('queued');
    expect((await conductor.registry.findLoad(answer.body.load))?.force).toBe(true);
  });

  it('answers the load that still waits for the same address, in any spelling', async () => {
    const datapackage = newAddress();
    const first = await upload({ datapackage, jwt: token });
    const second = await upload({ datapackage: datapackage.replace('/files/', '/x/../files/'), jwt: token });
    expect(second.body.load).toBe(first.body.load);
  });

  it("does not load another's files, nor show the attempt in the status of their address", async () => {
    const datapackage = newAddress(BOB);
    const answer = await upload({ datapackage, jwt: token });
    expect([answer.status, answer.body]).toEqual([200, { status: 'fail', error: 'unauthorized' }]);
    expect((await status(datapackage)).status).toBe(404);
  });

  it('queues a package elsewhere for whoever asks; the worker decides what may be fetched', async () => {
    const datapackage = 'https://Elsewhere.example:443/datapackage.json';
    expect((await upload({ datapackage, jwt: token })).body).toMatchObject({ status: 'queued' });
    const found = await status('https://elsewhere.example/datapackage.json');
    expect((await conductor.registry.findLoad(found.body.load))?.requestedBy).toBe(ANN);
  });

  it.each([
    'http://127.0.0.1/x',
    'http://127.0.0.1:1/x',
    'http://2130706433/x',
    'http://[::ffff:10.0.0.1]/x',
    'https://localhost/x',
    'https://user:secret@elsewhere.example/x',
    'https://elsewhere.example:22/x',
    'file:///etc/passwd',
    '/etc/passwd',
    'OURS/..%2fx/datapackage.json',
    'nonsense',
  ])('says plainly that %s is not loaded from, in the answer and in the status', async (asked) => {
    const datapackage = asked.replace('OURS', `${conductor.origin}/files`);
    const answer = await upload({ datapackage, jwt: token });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'fail', code: 'address_refused' });
    expect(answer.body.error).toMatch(/.{30,}/);
    expect((await status(datapackage)).body).toMatchObject({ status: 'fail', error: answer.body.error });
  });

  it('queues a public address elsewhere: the worker fetches it', async () => {
    const datapackage = 'https://elsewhere.example/datapackage.json';
    expect((await upload({ datapackage, jwt: token })).body).toMatchObject({ status: 'queued' });
    expect((await status('HTTPS://elsewhere.example:443/datapackage.json')).body).toMatchObject({
      status: 'queued',
    });
  });

  it('is 400 for a parameter that no address can be', async () => {
    expect((await upload({ datapackage: 'http://x/\u0000', jwt: token })).status).toBe(400);
    expect((await upload({ datapackage: `http://x/${'a'.repeat(3_000)}`, jwt: token })).status).toBe(400);
  });

  it('is 405 for another method', async () => {
    const answer = await request(conductor.origin).get('/package/upload');
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, OPTIONS']);
  });
});

describe('what os-conductor had and Flyloft has not', () => {
  it('is the callback by which anybody could forge progress: 404, and nothing changes', async () => {
    const datapackage = newAddress();
    await upload({ datapackage, jwt: token });
    const forgedProgress = { package: datapackage, status: 'done', progress: '7' };
    for (const method of ['get', 'post'] as const) {
      const answer = await request(conductor.origin)[method]('/package/callback').query(forgedProgress);
      expect(answer.status).toBe(404);
    }
    expect((await status(datapackage)).body).toMatchObject({ status: 'queued', progress: 0 });
  });

  it('is JSONP: a callback is ignored', async () => {
    const answer = await request(conductor.origin).get('/package/stats').query({ callback: 'run' });
    expect([answer.type, Object.keys(answer.body)]).toEqual([
      'application/json',
      ['num_packages', 'num_records', 'num_countries'],
    ]);
  });
});

describe('GET /package/status', () => {
  it('is 400 without an address and 404 for one that was never seen', async () => {
    expect((await request(conductor.origin).get('/package/status')).status).toBe(400);
    expect((await status(newAddress())).status).toBe(404);
  });

  it('tells rows, fraction and, when it failed, why', async () => {
    const datapackage = newAddress();
    const { load } = (await upload({ datapackage, jwt: token })).body;
    const attempt = (await conductor.registry.startAttempt(load, 0))?.attempt ?? { loadId: load, attempt: 0 };
    await conductor.registry.advance(attempt, { status: 'loading-data', rows: 500, rowsTotal: 2_000 });
    expect((await status(datapackage)).body).toEqual({
      status: 'loading-data',
      progress: 500,
      fraction: 0.25,
      rows_total: 2_000,
      load,
    });
    await conductor.registry.fail(attempt, {
      error: 'Row 7, column amount: "ten" is no number',
      code: 'invalid_data',
    });
    const failed = await status(datapackage);
    expect(failed.headers['cache-control']).toBe('no-store');
    expect(failed.body).toMatchObject({
      status: 'fail',
      progress: 500,
      error: 'Row 7, column amount: "ten" is no number',
      code: 'invalid_data',
    });
  });

  it('shows the newest load of an address', async () => {
    const datapackage = newAddress();
    const first = (await upload({ datapackage, jwt: token })).body.load;
    const begun = await conductor.registry.startAttempt(first, 0);
    if (begun) await conductor.registry.fail(begun.attempt, { error: 'x', code: 'x' });
    const second = (await upload({ datapackage, jwt: token })).body.load;
    expect((await status(datapackage)).body).toMatchObject({ status: 'queued', load: second });
  });
});

describe('GET /loads/{id}', () => {
  const show = (id: string, jwt: string) => request(conductor.origin).get(`/loads/${id}`).query({ jwt });

  it('tells everything to whoever asked for the load', async () => {
    const datapackage = newAddress();
    const { load } = (await upload({ datapackage, jwt: token })).body;
    const begun = await conductor.registry.startAttempt(load, 0);
    const problems = [
      { resource: 'spending', row: 2, line: 3, column: 'amount', value: 'ten', rule: 'type', message: 'm' },
    ];
    if (begun) await conductor.registry.fail(begun.attempt, { error: 'bad', code: 'invalid_data', problems });
    const answer = await show(load, token);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      id: load,
      package: null,
      datapackage,
      status: 'fail',
      progress: 0,
      rows_total: null,
      fraction: 0,
      bytes: null,
      attempt: 1,
      phases: ['queued', 'initializing', 'fail'].map((phase) => ({
        status: phase,
        started_at: expect.any(String),
        seconds: expect.any(Number),
      })),
      error: 'bad',
      code: 'invalid_data',
      errors: problems,
      errors_total: 1,
      warnings: [],
      requested_by: ANN,
      unchanged: false,
      created_at: expect.any(String),
      started_at: expect.any(String),
      finished_at: expect.any(String),
    });
  });

  it('is 404 for another person, an unknown id and no id at all, with nothing of the load in it', async () => {
    const { load } = (await upload({ datapackage: newAddress(), jwt: token })).body;
    const answers = [
      await show(load, conductor.tokenOf(BOB)),
      await show(randomUUID(), token),
      await show('x', token),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([404, 404, 404]);
    expect(answers.map((answer) => answer.body.title)).toEqual(['Not found', 'Not found', 'Not found']);
  });

  it('D1 D2 D3 D4 D5: is 401 without a token, and for every forged one', async () => {
    const { load } = (await upload({ datapackage: newAddress(), jwt: token })).body;
    expect((await request(conductor.origin).get(`/loads/${load}`)).status).toBe(401);
    expect((await show(load, token)).status).toBe(200);
    const send = (bad: string) => show(load, bad);
    expect(await checkForgedTokens({ issuer: conductor.issuer, audience: 'os.datastore', send })).toEqual([]);
  });
});

describe('POST /package/publish', () => {
  const publish = (query: Record<string, string>) =>
    request(conductor.origin).post('/package/publish').query(query);
  const id = `${ANN}:mine`;

  beforeAll(async () => {
    const client = new Client({ connectionString: conductor.databaseUrl });
    await client.connect();
    await client.query(
      `INSERT INTO registry.packages (id, owner, name, descriptor, origin_url, loading_status)
       VALUES ($1, $2, 'mine', '{}', 'x', 'done')`,
      [id, ANN],
    );
    await client.end();
  });

  it('is 403 without a token, tested first, and 400 for another value', async () => {
    expect((await publish({})).status).toBe(403);
    expect((await publish({ id, jwt: token, publish: 'maybe' })).status).toBe(400);
    expect((await publish({ id, jwt: token, publish: 'constructor' })).status).toBe(400);
    expect((await publish({ jwt: token, publish: 'true' })).status).toBe(400);
  });

  it.each([
    ['True', true],
    ['toggle', false],
    ['toggle', true],
    ['FALSE', false],
  ])('with %s answers published: %s', async (value, published) => {
    expect((await publish({ id, jwt: token, publish: value })).body).toEqual({ success: true, published });
  });

  it('D1 D2 D3 D4 D5: answers null to a stranger, whether the package exists or not, and for every bad token', async () => {
    const bob = conductor.tokenOf(BOB);
    for (const some of [id, `${ANN}:other`]) {
      const answer = await publish({ id: some, jwt: bob, publish: 'true' });
      expect([answer.status, answer.body]).toEqual([200, null]);
    }
    for (const { name, token: bad } of forged()) {
      const answer = await publish({ id, jwt: bad, publish: 'true' });
      expect([name, answer.status, answer.body]).toEqual([name, 200, null]);
    }
    expect((await conductor.registry.findPackage(id))?.private).toBe(true);
  });

  it('works for a package that is not loaded, which stays out of searches all the same', async () => {
    const attempt = await begin(conductor);
    const unloaded = `${ANN}:not-loaded`;
    await conductor.registry.claimPackage(attempt, unloaded);
    await conductor.registry.fail(attempt, { error: 'Bad', code: 'data_invalid' });
    const answer = await publish({ id: unloaded, jwt: token, publish: 'true' });
    expect(answer.body).toEqual({ success: true, published: true });
    const find = (query: Record<string, string>) =>
      request(conductor.origin)
        .get('/search/package')
        .query({ id: JSON.stringify(unloaded), ...query });
    expect((await find({})).body).toEqual([]);
    expect((await find({ jwt: token })).body).toMatchObject([
      { loaded: false, loading_status: 'fail', loading_error: 'Bad', package: { private: false } },
    ]);
  });

  it('says that it cannot find a package', async () => {
    expect((await publish({ id: `${ANN}:unknown`, jwt: token, publish: 'true' })).body).toEqual({
      success: false,
      error: `Failed to locate package ${ANN}:unknown`,
    });
  });
});
