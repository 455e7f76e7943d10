import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { createTcpProxy, describeWith, type TestS3, testS3 } from '@flyloft/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  createS3Store,
  createS3Uploads,
  ensureBucket,
  InvalidKeyError,
  type ObjectStore,
  UploadRefusedError,
} from '../src/index.ts';
import { objectStoreSuite, type StoreUnderTest } from './object-store-suite.ts';

const server = testS3();

function requireS3(): TestS3 {
  const s3 = testS3();
  if (s3 === undefined) throw new Error('there is no S3 server');
  return s3;
}

const clientOf = ({ endpoint, region, accessKeyId, secretAccessKey }: TestS3) =>
  new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } });

async function openStore(): Promise<StoreUnderTest & { s3: TestS3 }> {
  const s3 = requireS3();
  await ensureBucket(s3);
  const store = createS3Store(s3);
  const client = clientOf(s3);
  return {
    s3,
    store,
    everything: async () => {
      const found: string[] = [];
      for await (const { key } of store.list('')) found.push(key);
      const unfinished = await client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket }));
      return [...found, ...(unfinished.Uploads ?? []).map(({ Key }) => `unfinished ${Key}`)];
    },
    dispose: async () => {
      client.destroy();
      store.close();
    },
  };
}

if (server === undefined) describe.skip('object store: S3', () => it('needs an S3 server', () => undefined));
else objectStoreSuite('S3', openStore);

const TEXT = 'year,amount\n2014,10\n';
const md5Of = (text: string) => createHash('md5').update(text).digest('base64');
const KEY = 'ann/budget/a b!.csv';
const terms = {
  key: KEY,
  length: TEXT.length,
  md5: md5Of(TEXT),
  contentType: 'text/csv',
  expiresInSeconds: 60,
};

describeWith(server?.endpoint)('signed addresses on S3', () => {
  let s3: TestS3;
  let store: ObjectStore;
  let dispose: () => Promise<void>;

  beforeEach(async () => {
    ({ s3, store, dispose } = await openStore());
  });

  afterEach(() => dispose());

  async function put(
    changes: { key?: string; text?: string; headers?: Record<string, string>; terms?: object } = {},
  ): Promise<number> {
    const { url, query } = await createS3Uploads(s3).sign({ ...terms, ...changes.terms });
    const address = changes.key === undefined ? url : url.replace('a%20b', changes.key);
    const answer = await fetch(`${address}?${new URLSearchParams(query)}`, {
      method: 'PUT',
      headers: changes.headers ?? { 'Content-MD5': terms.md5, 'Content-Type': 'text/csv' },
      body: changes.text ?? TEXT,
    });
    await answer.text();
    return answer.status;
  }

  it('signs length, MD5 and type', async () => {
    const { url, query } = await createS3Uploads(s3).sign(terms);
    expect(url).toBe(`${s3.endpoint}/${s3.bucket}/ann/budget/a%20b%21.csv`);
    expect(query['X-Amz-SignedHeaders']).toBe('content-length;content-md5;content-type;host');
  });

  it('takes exactly what was announced', async () => {
    expect(await put()).toBe(200);
    expect(await store.stat(KEY)).toMatchObject({ length: TEXT.length });
  });

  it('does not ask for a type that was not announced', async () => {
    const headers = { 'Content-MD5': terms.md5, 'Content-Type': 'whatever/it-is' };
    const { contentType: _, ...untyped } = terms;
    const { url, query } = await createS3Uploads(s3).sign(untyped);
    const address = `${url}?${new URLSearchParams(query)}`;
    expect((await fetch(address, { method: 'PUT', headers, body: TEXT })).status).toBe(200);
  });

  it.each<[string, Parameters<typeof put>[0], number]>([
    ['more bytes', { text: `${TEXT}x` }, 403],
    ['fewer bytes', { text: TEXT.slice(1) }, 403],
    ['other bytes', { text: TEXT.replace('10', '99') }, 400],
    [
      'other bytes under their own MD5',
      {
        text: TEXT.replace('10', '99'),
        headers: { 'Content-MD5': md5Of(TEXT.replace('10', '99')), 'Content-Type': 'text/csv' },
      },
      403,
    ],
    ['another type', { headers: { 'Content-MD5': terms.md5, 'Content-Type': 'text/html' } }, 403],
    ['no MD5', { headers: { 'Content-Type': 'text/csv' } }, 403],
    ['another key', { key: 'other' }, 403],
  ])('is refused by the server for %s, and nothing is stored', async (_what, changes, status) => {
    expect(await put(changes)).toBe(status);
    expect(await store.stat(KEY)).toBeUndefined();
  });

  it('is refused when its time is over', async () => {
    const uploads = createS3Uploads({ ...s3, now: () => Date.now() - 61_000 });
    const { url, query } = await uploads.sign(terms);
    const answer = await fetch(`${url}?${new URLSearchParams(query)}`, {
      method: 'PUT',
      headers: { 'Content-MD5': terms.md5, 'Content-Type': 'text/csv' },
      body: TEXT,
    });
    expect([answer.status, (await answer.text()).includes('expired')]).toEqual([403, true]);
    expect(await store.stat(KEY)).toBeUndefined();
  });

  it('is never for a PUT to this process, nor for an unsafe key', async () => {
    const uploads = createS3Uploads(s3);
    const upload = { key: KEY, query: {}, headers: {}, body: Readable.from(['x']) };
    await expect(uploads.receive(upload)).rejects.toThrow(UploadRefusedError);
    await expect(uploads.sign({ ...terms, key: '../a' })).rejects.toThrow(InvalidKeyError);
  });

  it('reads the object or a part of it, as the type that we say', async () => {
    await put();
    const options = { expiresInSeconds: 60, contentType: 'application/octet-stream' };
    const address = (await store.addressToRead(KEY, options)) ?? '';
    const whole = await fetch(address);
    expect([whole.status, await whole.text()]).toEqual([200, TEXT]);
    expect(whole.headers.get('content-type')).toBe('application/octet-stream');
    const part = await fetch(address, { headers: { range: 'bytes=0-3' } });
    expect([part.status, await part.text()]).toEqual([206, 'year']);
    const forged = await fetch(address.replace('octet-stream', 'xhtml'));
    expect(forged.status).toBe(403);
  });

  it('is signed for the origin that clients reach', async () => {
    const publicEndpoint = 'https://files.example.org';
    const { url } = await createS3Uploads({ ...s3, publicEndpoint }).sign(terms);
    expect(url).toMatch(/^https:\/\/files\.example\.org\//);
    const elsewhere = createS3Store({ ...s3, publicEndpoint });
    const options = { expiresInSeconds: 60, contentType: 'text/csv' };
    expect(await elsewhere.addressToRead(KEY, options)).toMatch(/^https:\/\/files\.example\.org\//);
  });
});

describeWith(server?.endpoint)('S3 store', () => {
  it('gives up uploads in parts that a killed process left behind', async () => {
    const { s3, store, everything, dispose } = await openStore();
    const client = clientOf(s3);
    await client.send(new CreateMultipartUploadCommand({ Bucket: s3.bucket, Key: 'ann/large' }));
    expect(await store.removeLeftovers({ olderThanSeconds: 3_600 })).toBe(0);
    expect(await everything()).toEqual(['unfinished ann/large']);
    // their times have whole seconds
    expect(await store.removeLeftovers({ olderThanSeconds: -2 })).toBe(1);
    expect(await everything()).toEqual([]);
    client.destroy();
    await dispose();
  });

  it('makes a bucket once, however often it is asked', async () => {
    const s3 = requireS3();
    const store = createS3Store(s3);
    await expect(store.check()).rejects.toThrow(`The bucket ${s3.bucket}`);
    await Promise.all([ensureBucket(s3), ensureBucket(s3)]);
    await ensureBucket(s3);
    await expect(store.check()).resolves.toBeUndefined();
    store.close();
  });

  it('reports a server that is away, and works again when it is back', async () => {
    const { s3, dispose } = await openStore();
    const proxy = await createTcpProxy(s3.endpoint);
    const store = createS3Store({ ...s3, endpoint: new URL(proxy.url).origin });
    await store.put('ann/a', Readable.from([Buffer.from('x')]));
    await proxy.cut();
    await expect(store.check()).rejects.toThrow('cannot be used');
    await expect(store.stat('ann/a')).rejects.toThrow();
    await proxy.restore();
    expect(await store.stat('ann/a')).toMatchObject({ length: 1 });
    await proxy.close();
    store.close();
    await dispose();
  });

  it('does not wait for ever for a server that says nothing', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => silent.once('listening', resolve));
    // a listening TCP server has an AddressInfo
    const { port } = silent.address() as AddressInfo;
    const store = createS3Store({ ...requireS3(), endpoint: `http://127.0.0.1:${port}` });
    await expect(store.check()).rejects.toThrow('cannot be used');
    silent.closeAllConnections();
    silent.close();
    store.close();
  });
});
