import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { hiddenSubject } from '@flyloft/common';
import { checkForgedTokens } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import request from 'supertest';
import {
  ANN,
  announce,
  BOB,
  md5Of,
  signedUrl,
  startConductor,
  type TestConductor,
  uploadFiles,
} from './conductor.ts';
import { publishPackage } from './published.ts';

let conductor: TestConductor;

beforeAll(async () => {
  conductor = await startConductor();
});

afterAll(() => conductor.close());

const TEXT = 'year,amount\n2014,10\n';

/** The signed address of one file of Ann's. */
async function signed(path: string, content = TEXT, more: Record<string, unknown> = {}): Promise<string> {
  const answer = await request(conductor.origin)
    .post('/datastore/')
    .set('Auth-Token', conductor.tokenOf(ANN))
    .send(
      JSON.stringify({
        metadata: { owner: ANN, name: 'files' },
        filedata: { [path]: announce(content, more) },
      }),
    );
  return signedUrl(answer.body.filedata[path]);
}

const put = (url: string, body: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'PUT', headers: { 'Content-MD5': md5Of(TEXT), ...headers }, body });

const codeOf = async (answer: Response) => ((await answer.json()) as { code: string }).code;

const stored = (path: string) => conductor.store.stat(`${ANN}/files/${path}`);

describe('PUT /files/…', () => {
  it('stores what was announced, whatever its name', async () => {
    const url = await signed('data/é à+b%.csv');
    const answer = await put(url, TEXT);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBe((await stored('data/é à+b%.csv'))?.etag);
  });

  it('is 403 for an address that was changed, and stores nothing', async () => {
    const url = await signed('changed.csv');
    for (const other of [
      url.replace('changed.csv', 'other.csv'),
      url.replace(/Length=\d+/, 'Length=1'),
      url.replace(/Signature=.{4}/, 'Signature=AAAA'),
      url.split('?')[0] ?? '',
    ]) {
      const answer = await put(other, TEXT);
      expect([answer.status, await codeOf(answer)]).toEqual([403, 'upload_signature']);
    }
    expect(await stored('changed.csv')).toBeUndefined();
    expect(await stored('other.csv')).toBeUndefined();
  });

  it('is 403 without the announced Content-MD5 and Content-Type', async () => {
    const url = await signed('typed.csv', TEXT, { type: 'text/csv' });
    expect((await put(url, TEXT, { 'Content-Type': 'text/html' })).status).toBe(403);
    expect((await put(url, TEXT, { 'Content-Type': 'text/csv', 'Content-MD5': md5Of('x') })).status).toBe(
      403,
    );
    expect((await put(url, TEXT, { 'Content-Type': 'text/csv' })).status).toBe(200);
  });

  it.each([
    ['other bytes of the same length', TEXT.replace('10', '99')],
    ['more bytes', `${TEXT}more`],
    ['fewer bytes', TEXT.slice(1)],
    ['nothing', ''],
  ])('is 400 for %s, and stores nothing', async (_what, body) => {
    const answer = await put(await signed('broken.csv'), body);
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'upload_broken']);
    expect(await stored('broken.csv')).toBeUndefined();
  });

  it('is 400 for a stream without a length that turns out longer, and says so over the same connection', async () => {
    const url = await signed('stream.csv');
    const body = Readable.toWeb(Readable.from([Buffer.from(TEXT), Buffer.from('and more')]));
    // undici wants to be told that the body is sent before the answer is read
    const options = { method: 'PUT', headers: { 'Content-MD5': md5Of(TEXT) }, body, duplex: 'half' };
    const answer = await fetch(url, options as RequestInit);
    expect([answer.status, await codeOf(answer)]).toEqual([400, 'upload_broken']);
    expect(await stored('stream.csv')).toBeUndefined();
  });

  it('stores nothing when the connection breaks off', async () => {
    const url = new URL(await signed('cut.csv'));
    const socket = connect(Number(url.port), url.hostname);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(
      `PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-MD5: ${md5Of(TEXT)}\r\nContent-Length: ${TEXT.length}\r\n\r\n${TEXT.slice(0, 5)}`,
      () => socket.destroy(),
    );
    await closed;
    // The address still works afterwards, and replaces nothing half-written.
    expect((await put(url.href, TEXT)).status).toBe(200);
    const listed: string[] = [];
    for await (const { key } of conductor.store.list(`${ANN}/files/cut`)) listed.push(key);
    expect(listed).toEqual([`${ANN}/files/cut.csv`]);
  });
});

describe('GET /files/…', () => {
  let url: string;

  beforeAll(async () => {
    url = (await uploadFiles(conductor, ANN, 'readable', { 'data.csv': '0123456789' }))['data.csv'] ?? '';
  });

  const get = (headers: Record<string, string> = {}, token: string | undefined = conductor.tokenOf(ANN)) =>
    fetch(url, { headers: { ...headers, ...(token === undefined ? {} : { 'Auth-Token': token }) } });

  it('answers the file to its owner, as data that a browser runs nothing of', async () => {
    const answer = await get();
    expect([answer.status, await answer.text()]).toEqual([200, '0123456789']);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-length')).toBe('10');
    expect(answer.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('answers a page that somebody uploaded as plain bytes', async () => {
    const page = (await uploadFiles(conductor, ANN, 'readable', { 'x.html': '<script>' }))['x.html'] ?? '';
    const answer = await fetch(page, { headers: { 'Auth-Token': conductor.tokenOf(ANN) } });
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=0-999', '0123456789', 'bytes 0-9/10'],
  ])('answers the part %s', async (range, text, contentRange) => {
    const answer = await get({ Range: range });
    expect([answer.status, await answer.text()]).toEqual([206, text]);
    expect(answer.headers.get('content-range')).toBe(contentRange);
  });

  it('is 416 for a part beyond the end', async () => {
    const answer = await get({ Range: 'bytes=10-' });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe('bytes */10');
  });

  it('answers everything where the range makes no sense or is of another version', async () => {
    expect((await get({ Range: 'lines=1-2' })).status).toBe(200);
    expect((await get({ Range: 'bytes=2-4', 'If-Range': '"another"' })).status).toBe(200);
  });

  it('is 304 for the version that the client has', async () => {
    const etag = (await get()).headers.get('etag') ?? '';
    // not by fetch, which adds "Cache-Control: no-cache" to a condition of its caller
    const path = new URL(url).pathname;
    const known = request(conductor.origin).get(path).set('Auth-Token', conductor.tokenOf(ANN));
    expect((await known.set('If-None-Match', etag)).status).toBe(304);
    expect((await get({ Range: 'bytes=2-4', 'If-Range': etag })).status).toBe(206);
  });

  it('answers HEAD with the headers alone', async () => {
    const answer = await fetch(url, { method: 'HEAD', headers: { 'Auth-Token': conductor.tokenOf(ANN) } });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
      200,
      '10',
      '',
    ]);
  });

  it('tells a stranger of a private file exactly as much as of one that is not there', async () => {
    const bodyOf = async (answer: Response) => {
      const { request_id: _, instance: __, ...rest } = (await answer.json()) as Record<string, unknown>;
      return [answer.status, rest];
    };
    const hidden = await bodyOf(await get({}, conductor.tokenOf(BOB)));
    const absent = await bodyOf(await fetch(`${url}-absent`));
    expect(hidden).toEqual(absent);
    expect(hidden[0]).toBe(404);
    expect((await get({}, '')).status).toBe(404);
  });

  it('lets anyone read the files of a public package, and only those', async () => {
    const client = new Client({ connectionString: conductor.databaseUrl });
    await client.connect();
    await client.query(
      `INSERT INTO registry.packages (id, owner, name, descriptor, origin_url, private, loading_status)
       VALUES ($1 || ':open', $1, 'open', '{}', 'x', false, 'done')`,
      [ANN],
    );
    await client.end();
    const open = (await uploadFiles(conductor, ANN, 'open', { 'data.csv': 'open' }))['data.csv'] ?? '';
    expect(await (await fetch(open)).text()).toBe('open');
    expect((await get({}, '')).status).toBe(404);
  });

  it('serves the files of a package that moderators have hidden to its owner alone, until it is shown again', async () => {
    const id = await publishPackage(conductor, { name: 'rude', isPrivate: false });
    const file = (await uploadFiles(conductor, ANN, 'rude', { 'data.csv': 'rude' }))['data.csv'] ?? '';
    const hide = (ids: readonly string[]) =>
      conductor.registry.applyModeration({
        words: { blocked: [], allowed: [], longest: 0 },
        hidden: ids.map((hidden) => ({ kind: 'package', subject: hiddenSubject(hidden) })),
      });
    const statusFor = async (headers: Record<string, string>) => (await fetch(file, { headers })).status;
    const [nobody, bob, ann] = [
      {},
      { 'Auth-Token': conductor.tokenOf(BOB) },
      { 'Auth-Token': conductor.tokenOf(ANN) },
    ];
    expect([await statusFor(nobody), await statusFor(bob)]).toEqual([200, 200]);
    await hide([id]);
    expect([await statusFor(nobody), await statusFor(bob), await statusFor(ann)]).toEqual([404, 404, 200]);
    await hide([]);
    expect(await statusFor(nobody)).toBe(200);
  });

  it('never serves what loads have made', async () => {
    await conductor.store.put('_cubes/x/y/z/1/data.parquet', Readable.from(['x']));
    const answer = await fetch(`${conductor.origin}/files/_cubes/x/y/z/1/data.parquet`, {
      headers: { 'Auth-Token': conductor.tokenOf('_cubes') },
    });
    expect(answer.status).toBe(404);
  });

  it.each([
    '/files/',
    '/files/a/%2e%2e%2f%2e%2e%2fetc/passwd',
    '/files/a/..%2fb',
    '/files/a//b',
    '/files/a/%00',
  ])('is 404 for %s', async (path) => {
    expect((await fetch(`${conductor.origin}${path}`)).status).toBe(404);
  });

  it('D1 D2 D3 D4 D5: refuses every forged token', async () => {
    const path = new URL(url).pathname;
    const send = (token: string) =>
      request(conductor.origin).get(path).set('Authorization', `Bearer ${token}`);
    expect((await send(conductor.tokenOf(ANN))).status).toBe(200);
    expect(await checkForgedTokens({ issuer: conductor.issuer, audience: 'os.datastore', send })).toEqual([]);
  });

  it('is open to everyone where the operator says so', async () => {
    const open = await startConductor({ publicRead: true });
    const file = (await uploadFiles(open, ANN, 'x', { 'a.csv': 'open' }))['a.csv'] ?? '';
    expect(await (await fetch(file)).text()).toBe('open');
    await open.close();
  });
});
