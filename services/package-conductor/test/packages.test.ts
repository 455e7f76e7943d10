import { randomUUID } from 'node:crypto';
import { checkForgedTokens } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { ANN, BOB, startConductor, type TestConductor } from './conductor.ts';
import { begin, finish, publishPackage } from './published.ts';

let conductor: TestConductor;
let token: string;

beforeAll(async () => {
  conductor = await startConductor();
  token = conductor.tokenOf(ANN);
});

afterAll(() => conductor.close());

const newAddress = (owner = ANN) => `${conductor.origin}/files/${owner}/${randomUUID()}/datapackage.json`;
const get = (path: string, jwt?: string) => {
  const asked = request(conductor.origin).get(path);
  return jwt === undefined ? asked : asked.set('Authorization', `Bearer ${jwt}`);
};
const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  request(conductor.origin)
    .post(path)
    .set({ Authorization: `Bearer ${token}`, ...headers })
    .send(body as object);

const checkForged = (send: (bad: string) => Promise<{ status: number; headers: Record<string, unknown> }>) =>
  checkForgedTokens({ issuer: conductor.issuer, audience: 'os.datastore', send });

describe('GET /packages/{id}', () => {
  it('is the registry document and what belongs to it, to anyone when public', async () => {
    const id = await publishPackage(conductor, {
      isPrivate: false,
      descriptor: { author: 'Ann <a@b.example>' },
    });
    const answer = await get(`/packages/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      id,
      dataset: id.split(':')[1],
      owner: ANN,
      author: 'Ann',
      private: false,
      loaded: true,
      loading_status: 'done',
      count_of_rows: 3,
      package: { author: 'Ann <a@not.shown>', owner: ANN },
      cubes: [{ id, resource: 'data', rows: 3 }],
    });
  });

  it('of a private one is the very bytes of an unknown one to a stranger', async () => {
    const id = await publishPackage(conductor);
    const unknown = `${ANN}:unknown`;
    for (const jwt of [undefined, conductor.tokenOf(BOB)]) {
      const bodies = [];
      for (const asked of [id, unknown]) {
        const answer = await get(`/packages/${asked}`, jwt).set('X-Request-Id', 'same');
        expect(answer.status).toBe(404);
        expect(answer.text).not.toContain(asked);
        bodies.push(answer.text);
      }
      expect(bodies[0]).toBe(bodies[1]);
    }
    expect((await get(`/packages/${id}`, token)).status).toBe(200);
    const send = (bad: string) => get(`/packages/${id}`, bad);
    expect(await checkForged(send)).toEqual([]);
  });

  it.each(['x', '%00', '%ff', '..%2f..', `${ANN}:a%00b`])('is 404 or 400 for %s', async (id) => {
    expect([400, 404]).toContain((await get(`/packages/${id}`, token)).status);
  });
});

describe('GET /packages', () => {
  it('lists nobody else’s, paged, the last changed first', async () => {
    const owner = 'c'.repeat(32);
    const ids = [];
    for (let count = 0; count < 3; count += 1) ids.unshift(await publishPackage(conductor, { owner }));
    const own = conductor.tokenOf(owner);
    const first = await get('/packages?per_page=2', own);
    expect(first.body).toMatchObject({ page: 1, per_page: 2, total: 3 });
    const second = await get('/packages?per_page=2&page=2', own);
    const listed = [...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id);
    expect(listed).toEqual(ids);
  });

  it('is 401 without a token and for every forged one, 400 for a parameter that is not valid', async () => {
    expect((await get('/packages')).status).toBe(401);
    expect(await checkForged((bad) => get('/packages', bad))).toEqual([]);
    for (const query of ['page=0', 'page=x', 'per_page=1001', 'page=1e99', 'sort=x']) {
      expect([query, (await get(`/packages?${query}`, token)).status]).toEqual([query, 400]);
    }
  });
});

describe('GET /packages/{id}/loads', () => {
  it('is the history, to the owner alone even when the package is public', async () => {
    const id = await publishPackage(conductor, { name: 'history', isPrivate: false });
    await publishPackage(conductor, { name: 'history' });
    const answer = await get(`/packages/${id}/loads`, token);
    expect(answer.body).toMatchObject({ total: 2, data: [{ package: id, status: 'done' }, { package: id }] });
    expect((await get(`/packages/${id}/loads`, conductor.tokenOf(BOB))).status).toBe(404);
    expect((await get(`/packages/${id}/loads`)).status).toBe(401);
    expect(await checkForged((bad) => get(`/packages/${id}/loads`, bad))).toEqual([]);
  });
});

describe('POST /packages', () => {
  it('answers 202 with the load, and where to follow it', async () => {
    const datapackage = newAddress();
    const answer = await post('/packages', { datapackage, private: false, force: true });
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toBe(`/loads/${answer.body.id}`);
    expect(answer.body).toMatchObject({ datapackage, status: 'queued', progress: 0, requested_by: ANN });
    expect(await conductor.registry.findLoad(answer.body.id)).toMatchObject({ force: true, private: false });
    const followed = await get(String(answer.headers.location), token);
    expect(followed.status).toBe(200);
  });

  it.each([
    ['nothing', undefined],
    ['another type', { datapackage: 7 }],
    ['an unknown field', { datapackage: 'https://x.example/', privat: true }],
    ['no address', { datapackage: 'x' }],
    ['a file', { datapackage: 'file:///etc/passwd' }],
    ['an address in a private network', { datapackage: 'http://127.0.0.1/datapackage.json' }],
    ['a null character', { datapackage: 'https://x.example/\u0000' }],
    ['half a character', { datapackage: 'https://x.example/\ud800' }],
    ['a list', []],
  ])('is 400 for %s, and makes no load', async (_name, body) => {
    const answer = await post('/packages', body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_parameter']);
  });

  it('is 400 for broken JSON, 403 for the files of another, 401 without a token and for forged ones', async () => {
    expect((await post('/packages', '{"datapackage":', { 'Content-Type': 'application/json' })).status).toBe(
      400,
    );
    expect((await post('/packages', { datapackage: newAddress(BOB) })).status).toBe(403);
    const body = { datapackage: newAddress() };
    const send = (bad: string) => post('/packages', body, { Authorization: `Bearer ${bad}` });
    expect(await checkForged(send)).toEqual([]);
    expect((await request(conductor.origin).post('/packages').send(body)).status).toBe(401);
  });

  it('has one effect for one Idempotency-Key, and one answer', async () => {
    const body = { datapackage: newAddress() };
    const headers = { 'Idempotency-Key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 12 }, () => post('/packages', body, headers)));
    const good = answers.filter(({ status }) => status === 202);
    expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true);
    expect(new Set(good.map(({ text }) => text)).size).toBe(1);
    expect(good.filter(({ headers: got }) => got['idempotency-replayed'] !== 'true')).toHaveLength(1);
    // also when the load has begun long ago, where without a key there would be another
    await conductor.registry.startAttempt(good[0]?.body.id, 0);
    const again = await post('/packages', body, headers);
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([good[0]?.text, 'true']);
    expect((await post('/packages', body)).body.id).not.toBe(again.body.id);
    const other = await post('/packages', { ...body, force: true }, headers);
    expect([other.status, other.body.code]).toEqual([422, 'unprocessable']);
    expect((await post('/packages', body, { 'Idempotency-Key': 'x'.repeat(256) })).status).toBe(400);
  });

  it('keeps its promise on /package/upload too', async () => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const path = `/package/upload?datapackage=${encodeURIComponent(newAddress())}`;
    const first = await post(path, undefined, headers);
    await conductor.registry.startAttempt(first.body.load, 0);
    const second = await post(path, undefined, headers);
    expect([second.text, second.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
  });
});

describe('POST /loads/{id}/cancel', () => {
  it('ends a load, for /package/status as fail with the code cancelled, and once is twice', async () => {
    const datapackage = newAddress();
    const { id } = (await post('/packages', { datapackage })).body;
    const answer = await post(`/loads/${id}/cancel`, undefined);
    expect([answer.status, answer.body.status, answer.body.code]).toEqual([200, 'cancelled', 'cancelled']);
    const status = await get(`/package/status?datapackage=${encodeURIComponent(datapackage)}`);
    expect(status.body).toMatchObject({ status: 'fail', code: 'cancelled', error: 'The load was cancelled' });
    expect((await post(`/loads/${id}/cancel`, undefined)).text).toBe(answer.text);
  });

  it('is 409 for a load that has ended, 404 for another’s, 401 for forged tokens', async () => {
    const attempt = await begin(conductor);
    await finish(conductor, attempt);
    expect((await post(`/loads/${attempt.loadId}/cancel`, undefined)).status).toBe(409);
    const { loadId } = await begin(conductor, BOB);
    expect((await post(`/loads/${loadId}/cancel`, undefined)).status).toBe(404);
    const send = (bad: string) =>
      post(`/loads/${loadId}/cancel`, undefined, { Authorization: `Bearer ${bad}` });
    expect(await checkForged(send)).toEqual([]);
    expect(await conductor.registry.findLoad(loadId)).toMatchObject({ status: 'initializing' });
  });
});

describe('GET /loads/{id}/errors.csv', () => {
  const problems = [
    { resource: 'data', row: 1, line: 2, column: 'a', value: '=1+1', rule: 'type', message: 'say "what"' },
    { rule: 'table', message: 'two\nlines', suggestion: 'none' },
  ];

  it('is every problem as CSV; harmless to spreadsheets when asked for, or for a browser', async () => {
    const attempt = await begin(conductor);
    await conductor.registry.fail(attempt, { error: 'Bad', code: 'invalid_data', problems });
    const path = `/loads/${attempt.loadId}/errors.csv`;
    const answer = await get(path, token);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.text).toBe(
      'resource,row,line,column,value,rule,message,suggestion\r\n' +
        'data,1,2,a,=1+1,type,"say ""what""",\r\n,,,,,table,"two\nlines",none\r\n',
    );
    expect((await get(`${path}?safe=1`, token)).text).toContain("'=1+1");
    expect((await get(path, token).set('Accept', 'text/html')).text).toContain("'=1+1");
    expect((await get(path, conductor.tokenOf(BOB))).status).toBe(404);
    expect(await checkForged((bad) => get(path, bad))).toEqual([]);
  });
});

describe('GET /loads/{id}/events', () => {
  interface Followed {
    readonly statuses: string[];
    readonly ids: string[];
    readonly ended: Promise<void>;
    readonly until: (status: string) => Promise<void>;
  }

  async function follow(id: string): Promise<Followed> {
    const answer = await fetch(`${conductor.origin}/loads/${id}/events?jwt=${token}`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const statuses: string[] = [];
    const ids: string[] = [];
    let told: () => void = () => undefined;
    const read = async () => {
      let text = '';
      for await (const chunk of answer.body ?? []) {
        text += Buffer.from(chunk).toString();
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events.filter((one) => one.includes('event: load'))) {
          const [, eventId = ''] = /^id: (.*)$/m.exec(event) ?? [];
          const [, data = ''] = /^data: (.*)$/m.exec(event) ?? [];
          ids.push(eventId);
          statuses.push(JSON.parse(data).status);
        }
        told();
      }
    };
    const until = async (status: string) => {
      while (!statuses.includes(status)) await new Promise<void>((resolve) => (told = resolve));
    };
    return { statuses, ids, ended: read(), until };
  }

  it('tells every status to all who follow, also those between two looks, and ends with the load', async () => {
    const attempt = await begin(conductor);
    const followers = await Promise.all(Array.from({ length: 20 }, () => follow(attempt.loadId)));
    await Promise.all(followers.map(({ until }) => until('initializing')));
    for (const status of ['loading-datapackage', 'validating-datapackage', 'loading-resource'] as const) {
      await conductor.registry.advance(attempt, { status });
    }
    await finish(conductor, attempt);
    await Promise.all(followers.map(({ ended }) => ended));
    for (const { statuses } of followers) {
      expect(statuses).toEqual([
        'initializing',
        'loading-datapackage',
        'validating-datapackage',
        'loading-resource',
        'done',
      ]);
    }
  });

  it('ends at once for a load that has ended, and with 204 for who has seen its last event', async () => {
    const { loadId } = await begin(conductor);
    await conductor.registry.cancelLoad(loadId, 'Enough');
    const { ended, statuses, ids } = await follow(loadId);
    await ended;
    expect(statuses).toEqual(['cancelled']);
    const again = await get(`/loads/${loadId}/events`, token).set('Last-Event-ID', ids[0] ?? '');
    expect(again.status).toBe(204);
    const odd = await get(`/loads/${loadId}/events`, token).set('Last-Event-ID', 'nonsense');
    expect(odd.status).toBe(200);
  });

  it('is 404 for another’s load and 401 for forged tokens, before anything is streamed', async () => {
    const { loadId } = await begin(conductor, BOB);
    expect((await get(`/loads/${loadId}/events`, token)).status).toBe(404);
    expect(await checkForged((bad) => get(`/loads/${loadId}/events`, bad))).toEqual([]);
  });

  it('refuses more listeners than there is room for, and stops when the process does', async () => {
    const small = await startConductor({ maxListeners: 1 });
    const { loadId } = await begin(small);
    const jwt = small.tokenOf(ANN);
    const first = await fetch(`${small.origin}/loads/${loadId}/events?jwt=${jwt}`);
    const second = await fetch(`${small.origin}/loads/${loadId}/events?jwt=${jwt}`);
    expect([first.status, second.status, second.headers.get('retry-after')]).toEqual([200, 503, '10']);
    small.stopListeners();
    // The text is there in whole only when the stream has ended.
    expect(await first.text()).toContain('event: load');
    await small.close();
  });
});
