import { beforeAll, describe, expect, it } from '@jest/globals';
import { accessTo, bearer, newPerson, platform, request, send, unique } from './platform.ts';

const GROUP = unique('group');
const PATH = `/data/${GROUP}/visits`;
let admin: Record<string, string>;
let bearerToken: string;

beforeAll(async () => {
  admin = bearer((await accessTo('data-sets', platform.adminToken)).token);
  const created = await send('POST', '/data-sets', { data_group: GROUP, data_type: 'visits' }, admin);
  expect(created.status).toBe(201);
  bearerToken = created.json().bearer_token;
});

const write = (records: unknown, token = bearerToken) => send('POST', PATH, records, bearer(token));
const YEAR = 'start_at=2024-01-01T00:00:00Z&end_at=2024-07-01T00:00:00Z';

describe('a data set from first record to monthly answer', () => {
  it('takes records and gives them back grouped by month, with empty months filled', async () => {
    const records = [
      { _timestamp: '2024-01-15T10:00:00Z', channel: 'web', visits: 10 },
      { _timestamp: '2024-01-31T23:59:59Z', channel: 'phone', visits: 5 },
      { _timestamp: '2024-04-01T00:00:00Z', channel: 'web', visits: 7.5 },
    ];
    expect((await write(records)).json()).toEqual({ status: 'ok' });
    const answer = await request(`${PATH}?period=month&collect=visits:sum&${YEAR}`);
    expect(answer.status).toBe(200);
    const months = answer.json().data as Record<string, unknown>[];
    expect(months.map((month) => [month._start_at, month._count, month['visits:sum']])).toEqual([
      ['2024-01-01T00:00:00+00:00', 2, 15],
      ['2024-02-01T00:00:00+00:00', 0, null],
      ['2024-03-01T00:00:00+00:00', 0, null],
      ['2024-04-01T00:00:00+00:00', 1, 7.5],
      ['2024-05-01T00:00:00+00:00', 0, null],
      ['2024-06-01T00:00:00+00:00', 0, null],
    ]);
  });

  it('groups by a key and period together', async () => {
    const answer = await request(`${PATH}?period=month&group_by=channel&collect=visits:sum&${YEAR}`);
    const groups = answer.json().data as Record<string, unknown>[];
    expect(
      groups.map((group) => [group.channel, group._count, group._group_count, group['visits:sum']]),
    ).toEqual([
      ['phone', 1, 1, 5],
      ['web', 2, 2, 17.5],
    ]);
  });

  it('replaces a record that comes again with the same _id', async () => {
    const record = { _id: 'one', _timestamp: '2024-06-02T00:00:00Z', channel: 'post', visits: 1 };
    await write(record);
    await write({ ...record, visits: 2 });
    const answer = await request(`${PATH}?group_by=channel&collect=visits:sum`);
    expect(answer.json().data).toContainEqual(
      expect.objectContaining({ channel: 'post', _count: 1, 'visits:sum': 2 }),
    );
  });
});

describe('records that are not taken', () => {
  it.each([
    ['malformed JSON', '{"a', 400],
    ['a nested value', { good: 1, nested: {} }, 400],
    ['an unknown internal key', { _unknown: 1 }, 400],
    ['a key of one character', { a: 1 }, 400],
    ['a date that is none', { _timestamp: '2024-02-30T00:00:00Z' }, 400],
    ['__proto__ as a key', '{"__proto__": 1}', 400],
    ['an element that is no object', [1], 400],
  ])('%s is refused, and the whole batch with it', async (_what, body, status) => {
    const before = (await request(`${PATH}?group_by=channel`)).text;
    const batch = typeof body === 'string' ? body : [{ channel: 'never' }, ...[body].flat()];
    const answer = await write(batch);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect((await request(`${PATH}?group_by=channel`)).text).toBe(before);
  });

  it('are told what is wrong about the token', async () => {
    const missing = await send('POST', PATH, []);
    expect(missing.status).toBe(401);
    expect(missing.headers.get('www-authenticate')).toBe('bearer');
    const wrong = await write([], 'wrong');
    expect(wrong.json().message).toContain("Invalid bearer token 'wrong'");
  });

  it('and unknown data sets are 404 for readers and writers', async () => {
    expect((await request(`/data/${GROUP}/nothing`)).status).toBe(404);
    expect((await send('POST', `/data/${GROUP}/nothing`, [], bearer(bearerToken))).status).toBe(404);
  });
});

describe('administration of data sets', () => {
  it('is refused without the permission, and changes nothing', async () => {
    const stranger = bearer((await accessTo('data-sets', (await newPerson()).token)).token);
    const body = { data_group: GROUP, data_type: 'other' };
    expect((await send('POST', '/data-sets', body, stranger)).status).toBe(403);
    expect((await send('POST', '/data-sets', body)).status).toBe(401);
    const listed = await request(`/data-sets?data-group=${GROUP}&data-type=other`, { headers: admin });
    expect(listed.json()).toEqual([]);
  });

  it('refuses a field that it does not know, naming it', async () => {
    const answer = await send(
      'POST',
      '/data-sets',
      { data_group: GROUP, data_type: 'x1', colour: 'red' },
      admin,
    );
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('colour');
  });

  it('refuses a pair that is taken, and deletes records and configuration together', async () => {
    const pair = { data_group: GROUP, data_type: 'short-lived' };
    const created = (await send('POST', '/data-sets', pair, admin)).json();
    expect((await send('POST', '/data-sets', pair, admin)).status).toBe(409);
    await send('POST', `/data/${GROUP}/short-lived`, { colour: 'red' }, bearer(created.bearer_token));
    const deleted = await request(`/data-sets/${created.name}`, { method: 'DELETE', headers: admin });
    expect(deleted.json()).toMatchObject({ status: 'ok', message: `Deleted ${created.name}` });
    expect((await request(`/data/${GROUP}/short-lived`)).status).toBe(404);
  });
});
