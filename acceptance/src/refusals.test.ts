import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Access,
  accessTo,
  bearer,
  newPerson,
  platform,
  request,
  send,
  smallPackage,
  startLoad,
  unique,
  uploadPackage,
  waitForLoad,
} from './platform.ts';

let access: Access;

beforeAll(async () => {
  access = await accessTo('os.datastore', (await newPerson()).token);
});

async function load(name: string, files: Record<string, string>) {
  const descriptor = await uploadPackage(access, name, files);
  const upload = await startLoad(access, descriptor);
  return { upload, last: await waitForLoad(descriptor) };
}

async function sumOf(name: string): Promise<unknown> {
  const answer = await request(`/api/3/cubes/${access.userid}:${name}/aggregate?aggregates=amount.sum`, {
    headers: bearer(access.token),
  });
  return answer.status === 200 ? answer.json().summary['amount.sum'] : answer.status;
}

describe('a package that cannot be loaded', () => {
  it('names row, line, column and value of a bad cell', async () => {
    const name = unique('bad-cell');
    const { upload, last } = await load(name, smallPackage(name, '2014,1,A,10\n2014,2,B,ten\n2014,3,C,30\n'));
    expect(last.status).toBe('fail');
    expect(last.error).toContain('amount');
    expect(last.error).toContain('ten');
    const report = (await request(`/loads/${upload.load}`, { headers: bearer(access.token) })).json();
    expect(report.errors).toEqual([
      expect.objectContaining({ resource: 'spending', row: 2, line: 3, column: 'amount', value: 'ten' }),
    ]);
    expect(await sumOf(name)).toBe(404);
  });

  it('leaves the earlier load as it was', async () => {
    const name = unique('keeps');
    expect((await load(name, smallPackage(name, '2014,1,A,10.25\n'))).last.status).toBe('done');
    expect((await load(name, smallPackage(name, '2014,1,A,oops\n'))).last.status).toBe('fail');
    expect(await sumOf(name)).toBe(10.25);
  });

  it.each([
    ['is not JSON', '{ "name": '],
    ['has no resources', '{ "name": "x" }'],
    ['has no name', '{ "resources": [{ "name": "a", "path": "a.csv", "schema": { "fields": [] } }] }'],
  ])('fails with a reason when the descriptor %s', async (_why, descriptor) => {
    const name = unique('bad-descriptor');
    const { last } = await load(name, { 'datapackage.json': descriptor });
    expect(last.status).toBe('fail');
    expect(last.error.length).toBeGreaterThan(10);
  });

  it('fails with a reason when the descriptor was never uploaded', async () => {
    const name = unique('never');
    const descriptor = await uploadPackage(access, name, { 'datapackage.json': '{}' });
    const missing = descriptor.replace(name, `${name}-other`);
    await startLoad(access, missing);
    expect(await waitForLoad(missing)).toMatchObject({
      status: 'fail',
      error: expect.stringContaining('datapackage'),
    });
  });
});

describe('an upload that is not what was signed', () => {
  it('is refused and leaves nothing behind', async () => {
    const name = unique('wrong-upload');
    const md5 = 'XUFAKrxLKna5cZ2REBfFkg=='; // of "hello"
    const signed = await send(
      'POST',
      '/datastore/',
      {
        metadata: { owner: access.userid, name },
        filedata: { 'a.csv': { name: 'a.csv', length: 5, md5, type: 'text/csv' } },
      },
      { 'Auth-Token': access.token },
    );
    const { upload_url, upload_query } = signed.json().filedata['a.csv'];
    const url = new URL(upload_url);
    for (const [key, values] of Object.entries<string[]>(upload_query))
      url.searchParams.set(key, values[0] ?? '');
    const put = (body: string, address = url) =>
      request(address.href, {
        method: 'PUT',
        headers: { 'Content-MD5': md5, 'Content-Type': 'text/csv' },
        body,
      });
    // the conductor's address of it, which leads on to wherever files are
    const read = () =>
      request(`/files/${access.userid}/${name}/a.csv`, {
        headers: bearer(access.token),
        redirect: 'follow',
      });
    expect((await put('jello')).status).toBeGreaterThanOrEqual(400);
    expect((await put('hello and more')).status).toBeGreaterThanOrEqual(400);
    const other = new URL(url);
    other.pathname = other.pathname.replace('a.csv', 'b.csv');
    expect((await put('hello', other)).status).toBe(403);
    expect((await read()).status).toBe(404);
    expect((await put('hello')).status).toBe(200);
    expect((await read()).text).toBe('hello');
  });
});

describe('tokens', () => {
  it('of another service, a stranger or nobody do not sign uploads', async () => {
    const dataSets = await accessTo('data-sets', platform.adminToken);
    const body = { metadata: { owner: access.userid, name: 'x' }, filedata: {} };
    for (const token of [dataSets.token, platform.adminToken, 'nonsense', `${access.token}x`]) {
      expect((await send('POST', '/datastore/', body, { 'Auth-Token': token })).status).toBe(401);
    }
    expect((await send('POST', '/datastore/', body)).status).toBe(401);
  });

  it('do not sign for another owner', async () => {
    const body = { metadata: { owner: 'f'.repeat(32), name: 'x' }, filedata: {} };
    expect((await send('POST', '/datastore/', body, { 'Auth-Token': access.token })).status).toBe(401);
  });

  it('are not given for an unknown service or an unknown person', async () => {
    expect(await accessTo('no-such-service', platform.adminToken)).toEqual({ permissions: {} });
    expect(await accessTo('os.datastore', 'fl_pat_nonsense')).toEqual({ permissions: {} });
  });
});
