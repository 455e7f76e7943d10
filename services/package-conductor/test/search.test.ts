import { forgedTokens } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { ANN, BOB, startConductor, type TestConductor } from './conductor.ts';
import { publishPackage } from './published.ts';

let conductor: TestConductor;

beforeAll(async () => {
  conductor = await startConductor();
  const add = (owner: string, name: string, isPrivate: boolean) =>
    publishPackage(conductor, {
      owner,
      name,
      isPrivate,
      descriptor: { title: `Budget ${name}`, year: 2014 },
    });
  await add(ANN, 'open', false);
  await add(ANN, 'closed', true);
  await add(BOB, 'open', false);
  await add(BOB, 'closed', true);
});

afterAll(() => conductor.close());

const search = (query: Record<string, unknown>) =>
  request(conductor.origin).get('/search/package').query(query);

const idsOf = async (query: Record<string, unknown>): Promise<string[]> => {
  const answer = await search(query);
  expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, '']);
  return answer.body.map(({ id }: { id: string }) => id);
};

describe('GET /search/package', () => {
  it('answers a bare list of registry documents, and how many there are in all', async () => {
    const answer = await search({ 'package.owner': `"${ANN}"`, size: '1' });
    expect(answer.headers['x-total-count']).toBe('1');
    expect(answer.body).toEqual([
      {
        id: `${ANN}:open`,
        model: { measures: {} },
        package: { name: 'open', title: 'Budget open', year: 2014, owner: ANN, private: false },
        origin_url: expect.any(String),
        loaded: true,
        last_update: expect.any(Number),
        loading_status: 'done',
      },
    ]);
    // os-admin multiplies it by 1000
    expect(Math.abs(answer.body[0].last_update - Date.now() / 1000)).toBeLessThan(600);
  });

  it('shows their own private packages to whoever sends a service token or a user token', async () => {
    const { issuer, tokenOf } = conductor;
    const userToken = issuer.serviceToken({
      userid: ANN,
      header: { typ: 'user+jwt' },
      claims: { aud: issuer.issuer },
    });
    const all = [`${BOB}:open`, `${ANN}:closed`, `${ANN}:open`];
    expect(await idsOf({ jwt: tokenOf(ANN) })).toEqual(all);
    expect(await idsOf({ jwt: userToken })).toEqual(all);
    expect(await idsOf({})).toEqual([`${BOB}:open`, `${ANN}:open`]);
  });

  it('D1 D2 D3 D4 D5: takes every token that is not good as none', async () => {
    const options = { audience: 'os.datastore', attackerUrl: 'http://127.0.0.1:1' };
    for (const { name, token } of forgedTokens(conductor.issuer, options)) {
      expect([name, (await idsOf({ jwt: token })).length]).toEqual([name, 2]);
    }
  });

  it('takes words, filters, several values of one, and pages', async () => {
    expect(await idsOf({ q: '"budget nothing"' })).toHaveLength(2);
    expect(await idsOf({ q: '"nothing"' })).toEqual([]);
    expect(await idsOf({ 'package.owner': [`"${ANN}"`, `"${BOB}"`] })).toHaveLength(2);
    expect(await idsOf({ 'package.year': '2014', loaded: 'true' })).toHaveLength(2);
    expect(await idsOf({ 'package.year': '2015' })).toEqual([]);
    expect(await idsOf({ size: '1', from: '1' })).toEqual([`${ANN}:open`]);
    expect(await idsOf({ size: '0' })).toEqual([]);
    expect(await idsOf({ size: '10000', unknown: 'not JSON', callback: 'f' })).toHaveLength(2);
  });

  it.each([
    [{ q: 'budget' }, 'q'],
    [{ q: 'null' }, 'q'],
    [{ q: '["a"]' }, 'q'],
    [{ 'package.owner': 'ann' }, 'package.owner'],
    [{ size: 'ten' }, 'size'],
    [{ size: '-1' }, 'size'],
    [{ size: '1.5' }, 'size'],
    [{ size: '10001' }, 'size'],
    [{ size: '' }, 'size'],
    [{ from: 'x' }, 'from'],
  ])('is 400 for %j, and names the parameter', async (query, parameter) => {
    const answer = await search(query);
    expect([answer.status, answer.body.errors[0].parameter]).toEqual([400, parameter]);
  });

  it('is 400 for another kind', async () => {
    expect((await request(conductor.origin).get('/search/user')).status).toBe(400);
  });
});

describe('GET /package/stats', () => {
  it('counts everything, private packages included', async () => {
    const answer = await request(conductor.origin).get('/package/stats');
    expect(answer.body).toEqual({ num_packages: 4, num_records: 12, num_countries: 0 });
  });
});
