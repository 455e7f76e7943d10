import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Access,
  accessTo,
  newPerson,
  type PackageFiles,
  type Person,
  request,
  smallPackage,
  unique,
  waitForLoad,
} from './platform.ts';

// The very requests that the clients of os-conductor send (packages.md 5), against everything that runs:
// what they ignore is ignored here, and what would stop them fails here.

const ROWS = '2014,01,Health,10.5\n2014,02,Schools,20.25\n2015,01,Health,30\n';
const TYPE = 'application/octet-stream';
const md5Of = (content: string) => createHash('md5').update(content).digest('base64');

interface Signed {
  readonly upload_url: string;
  readonly upload_query: Record<string, string[]>;
}

/** Element 0 of each list, URL-encoded and appended, as all of them do it. */
const signedUrl = ({ upload_url, upload_query }: Signed) =>
  `${upload_url}?${Object.entries(upload_query)
    .map(([key, [value = '']]) => `${key}=${encodeURIComponent(value)}`)
    .join('&')}`;

const fileOf = (path: string, content: string) => ({
  name: path,
  length: Buffer.byteLength(content),
  md5: md5Of(content),
  type: TYPE,
});

async function put(signed: Signed, content: string): Promise<void> {
  const headers = { 'Content-MD5': md5Of(content), 'Content-Type': TYPE };
  const answer = await request(signedUrl(signed), { method: 'PUT', headers, body: content });
  expect([answer.status, answer.text]).toEqual([200, '']);
}

/** os-packager: one request for each file, data first, the descriptor last. */
async function packagerUploads(access: Access, name: string, files: PackageFiles): Promise<string> {
  let descriptor = '';
  for (const [path, content] of Object.entries(files)) {
    const answer = await request('/datastore/', {
      method: 'POST',
      headers: { 'Auth-Token': access.token, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        metadata: { owner: access.userid, name, author: 'Ann <ann@example.org>' },
        filedata: { [path]: fileOf(path, content) },
      }),
    });
    expect(answer.status).toBe(200);
    const signed: Signed = answer.json().filedata[path];
    await put(signed, content);
    descriptor = signed.upload_url;
  }
  return descriptor;
}

let person: Person;
let access: Access;

beforeAll(async () => {
  person = await newPerson();
  access = await accessTo('os.datastore', person.token);
});

const upload = (datapackage: string) =>
  request(`/package/upload?${new URLSearchParams({ datapackage, jwt: access.token })}`, { method: 'POST' });

const post = (path: string, query: Record<string, string>) =>
  request(`${path}?${new URLSearchParams({ jwt: access.token, ...query })}`, { method: 'POST' });

describe('os-packager', () => {
  it('uploads, loads, polls to the end, and edits what it finds to be its own', async () => {
    const name = unique('packager');
    const descriptor = await packagerUploads(access, name, smallPackage(name, ROWS));
    // It ignores the answer but for a network error, and polls at once: the row must be there.
    await upload(descriptor);
    const last = await waitForLoad(descriptor);
    expect(last).toMatchObject({ status: 'done', progress: 3, fraction: 1 });

    const info = await request('/datastore/info', { headers: { 'Auth-Token': access.token } });
    const { prefixes } = info.json();
    expect(prefixes.some((prefix: string) => descriptor.startsWith(prefix))).toBe(true);
    const stored = await request(`${descriptor}?jwt=${access.token}`);
    expect(stored.json().name).toBe(name);

    // A second save of the same package: same address, same id, and the flag that was set stays.
    const id = `${access.userid}:${name}`;
    expect((await post('/package/publish', { id, publish: 'toggle' })).json()).toMatchObject({
      published: true,
    });
    await packagerUploads(access, name, smallPackage(name, `${ROWS}2016,01,Health,1\n`));
    await upload(descriptor);
    expect(await waitForLoad(descriptor)).toMatchObject({ status: 'done', progress: 4 });
    const found = await request(`/search/package?package.owner="${access.userid}"&id="${id}"`);
    expect(found.json()).toMatchObject([{ id, package: { private: false } }]);
  });

  it('shows the error of a load that failed as it is', async () => {
    const name = unique('packager-fails');
    const descriptor = await packagerUploads(access, name, smallPackage(name, '2014,01,Health,ten\n'));
    await upload(descriptor);
    const last = await waitForLoad(descriptor);
    expect(last.status).toBe('fail');
    expect(last.error).toMatch(/amount/);
  });
});

describe('os-admin', () => {
  it('lists all that is its user’s, and publishes, sets parameters and deletes', async () => {
    const name = unique('admin');
    const descriptor = await packagerUploads(access, name, smallPackage(name, ROWS));
    await upload(descriptor);
    await waitForLoad(descriptor);
    const id = `${access.userid}:${name}`;
    const list = async () => {
      const query = new URLSearchParams({
        size: '10000',
        jwt: access.token,
        'package.owner': `"${access.userid}"`,
      });
      return (await request(`/search/package?${query}`)).json();
    };
    const own = (await list()).find((one: { id: string }) => one.id === id);
    expect(own.package.private).toBe(true);
    expect(own.loaded).toBe(true);
    expect(new Date(own.last_update * 1000).getTime()).toBeGreaterThan(Date.now() - 3_600_000);
    const { resources } = own.package;
    expect(resources[0].count_of_rows).toBe(3);

    for (const published of [true, false]) {
      const answer = (await post('/package/publish', { id, publish: 'toggle' })).json();
      expect(answer).toEqual({ success: true, published });
    }
    const params = await request(`/package/update_params?${new URLSearchParams({ id, jwt: access.token })}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ params: 'lang=ro' }),
    });
    expect(params.json()).toEqual({ success: true });
    const hooks = (await post('/package/run-hooks', { id, pipeline: 'http://hooks.example/' })).json();
    expect(hooks).toMatchObject({ success: false, error: expect.any(String) });

    const cube = () => request(`/api/3/cubes/${id}/model?jwt=${access.token}`);
    expect((await cube()).status).toBe(200);
    expect((await post('/package/delete', { id })).json()).toEqual({ success: true });
    expect((await post('/package/delete', { id })).json()).toEqual({ success: false });
    expect((await cube()).status).toBe(404);
    expect((await list()).some((one: { id: string }) => one.id === id)).toBe(false);
  });
});

describe('gobble', () => {
  it('asks who it is, uploads all files by one request, polls, publishes with True, and searches', async () => {
    const check = await request(`/user/check?jwt=${encodeURIComponent(person.token)}`);
    expect(check.status).toBe(200);
    const name = unique('gobble');
    const files = smallPackage(name, ROWS);
    const answer = await request(`/datastore/?jwt=${access.token}`, {
      method: 'POST',
      body: new Blob([
        JSON.stringify({
          metadata: { owner: access.userid, name },
          filedata: Object.fromEntries(
            Object.entries(files).map(([path, content]) => [path, fileOf(path, content)]),
          ),
        }),
      ]),
    });
    const { filedata } = answer.json();
    for (const [path, content] of Object.entries(files)) await put(filedata[path], content);

    // It builds the descriptor's address itself, with the port written out.
    const { prefixes } = (await request(`/datastore/info?jwt=${access.token}`)).json();
    const descriptor = `${prefixes.at(-1)}/${name}/datapackage.json`;
    expect((await upload(descriptor)).json()).toMatchObject({ status: 'queued', progress: 0 });
    const last = await waitForLoad(descriptor);
    expect(last).toMatchObject({ status: 'done', progress: 3 });

    const id = `${access.userid}:${name}`;
    const published = await post('/package/publish', { id, publish: 'True' });
    expect(published.json()).toEqual({ success: true, published: true });
    const found = await request(`/search/package?${new URLSearchParams({ q: `"${name}"` })}`);
    expect(found.status).toBe(200);
    const byTitle = await request(`/search/package?id=${encodeURIComponent(`"${id}"`)}`);
    expect(byTitle.json()).toHaveLength(1);
  });
});

describe('a follower of a load', () => {
  it('hears through the gateway how it goes, to the end of the stream', async () => {
    const name = unique('followed');
    const descriptor = await packagerUploads(access, name, smallPackage(name, ROWS));
    const started = await request('/packages', {
      method: 'POST',
      headers: { Authorization: `Bearer ${access.token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ datapackage: descriptor, private: false }),
    });
    expect(started.status).toBe(202);
    const events = await request(`${started.headers.get('location')}/events?jwt=${access.token}`);
    const statuses = [...events.text.matchAll(/"status":"([a-z-]+)","progress"/g)].map(
      ([, status]) => status,
    );
    expect(statuses.at(-1)).toBe('done');
    expect(events.headers.get('content-type')).toMatch(/^text\/event-stream/);
    const shown = await request(`/packages/${access.userid}:${name}`);
    expect(shown.json()).toMatchObject({ private: false, loaded: true, count_of_rows: 3 });
  });
});
