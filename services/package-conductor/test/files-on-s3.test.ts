import { ensureBucket } from '@flyloft/object-store';
import { createTcpProxy, describeWith, testS3 } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import request from 'supertest';
import { ANN, BOB, startConductor, type TestConductor, uploadFiles } from './conductor.ts';

const s3 = testS3();
const TEXT = '0123456789';

describeWith(s3?.endpoint)('a conductor with files on S3', () => {
  let conductor: TestConductor;
  let url: string;

  beforeAll(async () => {
    if (s3 === undefined) return;
    await ensureBucket(s3);
    conductor = await startConductor({ s3 });
    const files = { 'data.csv': TEXT, 'datapackage.json': '{}' };
    url = (await uploadFiles(conductor, ANN, 'budget', files))['datapackage.json'] ?? '';
  });

  afterAll(() => conductor.close());

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${conductor.origin}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { 'Auth-Token': conductor.tokenOf(ANN), ...init.headers },
    });
  const file = `/files/${ANN}/budget/data.csv`;

  it('signs addresses of the S3 server, to which clients upload without the conductor', async () => {
    expect(url).toBe(`${s3?.endpoint}/${s3?.bucket}/${ANN}/budget/datapackage.json`);
    expect(await conductor.store.stat(`${ANN}/budget/data.csv`)).toMatchObject({ length: TEXT.length });
  });

  it('says nine prefixes, the one of its addresses first', async () => {
    // the contract of /datastore/info
    const { prefixes } = (await (await ask('/datastore/info')).json()) as { prefixes: string[] };
    expect(prefixes).toHaveLength(9);
    expect(url.startsWith(prefixes[0] ?? '-')).toBe(true);
  });

  it('leads a reader on to S3, where Range works too', async () => {
    const answer = await ask(file);
    expect(answer.status).toBe(302);
    expect(answer.headers.get('cache-control')).toBe('private, no-store');
    const target = answer.headers.get('location') ?? '';
    expect(target.startsWith(`${s3?.endpoint}/`)).toBe(true);
    const whole = await fetch(target);
    expect([whole.status, await whole.text()]).toEqual([200, TEXT]);
    expect(whole.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const part = await fetch(target, { headers: { range: 'bytes=2-4' } });
    expect([part.status, await part.text()]).toEqual([206, '234']);
  });

  it('answers itself what needs no content', async () => {
    const head = await ask(file, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
    // fetch would ask for a fresh answer by itself
    const again = request(conductor.origin).get(file).set('Auth-Token', conductor.tokenOf(ANN));
    expect((await again.set('If-None-Match', head.headers.get('etag') ?? '')).status).toBe(304);
  });

  it('hides the file from strangers as on disk', async () => {
    expect((await ask(file, { headers: { 'Auth-Token': conductor.tokenOf(BOB) } })).status).toBe(404);
    expect((await ask(`/files/${ANN}/budget/no-such.csv`)).status).toBe(404);
  });

  it('takes no upload itself', async () => {
    expect((await ask(`${file}?Expires=1`, { method: 'PUT', body: TEXT })).status).toBe(403);
    expect(await conductor.store.stat(`${ANN}/budget/data.csv`)).toMatchObject({ length: TEXT.length });
  });

  it('takes a load of the package by any spelling of its address, and tells its status by any other', async () => {
    const spellings = [url, `${conductor.origin}/files/${ANN}/budget/datapackage.json`];
    const answers = await Promise.all(
      spellings.map((address) => {
        const query = new URLSearchParams({ datapackage: address, jwt: conductor.tokenOf(ANN) });
        return fetch(`${conductor.origin}/package/upload?${query}`, { method: 'POST' });
      }),
    );
    for (const answer of answers) expect(await answer.json()).toMatchObject({ status: 'queued' });
    const known = [...spellings, `https://${s3?.bucket}:443/${ANN}/budget/datapackage.json`];
    for (const address of known) {
      const query = new URLSearchParams({ datapackage: address });
      expect((await ask(`/package/status?${query}`)).status).toBe(200);
    }
  });

  it('says 503 while S3 is away, and goes on when it is back', async () => {
    if (s3 === undefined) return;
    const proxy = await createTcpProxy(s3.endpoint);
    const cutOff = await startConductor({ s3: { ...s3, endpoint: new URL(proxy.url).origin } });
    const read = () =>
      fetch(`${cutOff.origin}${file}`, {
        redirect: 'manual',
        headers: { 'Auth-Token': cutOff.tokenOf(ANN) },
      }).then(({ status }) => status);
    expect(await read()).toBe(302);
    await proxy.cut();
    expect(await read()).toBe(503);
    await proxy.restore();
    expect(await read()).toBe(302);
    await cutOff.close();
    await proxy.close();
  });
});
