import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type ArrivingUpload,
  BrokenUploadError,
  createDiskStore,
  createDiskUploads,
  createFileAddresses,
  type ObjectStore,
  type Uploads,
} from '../src/index.ts';

const TEXT = 'year,amount\n2014,10\n';
const MD5 = createHash('md5').update(TEXT).digest('base64');
const KEY = 'ann/budget/data.csv';

let folder: string;
let store: ObjectStore;
let uploads: Uploads;
let clock: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'disk-uploads-'));
  store = createDiskStore({ folder });
  clock = Date.UTC(2030, 0, 1);
  uploads = createDiskUploads({
    store,
    addresses: createFileAddresses('http://127.0.0.1:4000'),
    signingKey: 'a key of the tests',
    now: () => clock,
  });
});

afterEach(() => rm(folder, { recursive: true }));

const terms = { key: KEY, length: TEXT.length, md5: MD5, contentType: 'text/csv', expiresInSeconds: 60 };

async function arriving(changes: Partial<ArrivingUpload> = {}): Promise<ArrivingUpload> {
  const { query } = await uploads.sign(terms);
  return {
    key: KEY,
    query,
    headers: { 'content-md5': MD5, 'content-type': 'text/csv', 'content-length': String(TEXT.length) },
    body: Readable.from([Buffer.from(TEXT)]),
    ...changes,
  };
}

describe('signed uploads to disk', () => {
  it('takes exactly what was announced', async () => {
    expect((await uploads.sign(terms)).url).toBe(`http://127.0.0.1:4000/files/${KEY}`);
    expect(await uploads.receive(await arriving())).toMatchObject({ key: KEY, length: TEXT.length });
  });

  it('does not ask for a type that was not announced', async () => {
    const { contentType: _, ...untyped } = terms;
    const { query } = await uploads.sign(untyped);
    const headers = { 'content-md5': MD5, 'content-type': 'whatever' };
    await expect(uploads.receive(await arriving({ query, headers }))).resolves.toMatchObject({ key: KEY });
  });

  it.each<[string, (given: ArrivingUpload) => Partial<ArrivingUpload>]>([
    ['another key', () => ({ key: 'ann/budget/other.csv' })],
    ['a later expiry', ({ query }) => ({ query: { ...query, Expires: String(Number(query.Expires) + 1) } })],
    ['another length', ({ query }) => ({ query: { ...query, Length: '1' } })],
    ['another signature', ({ query }) => ({ query: { ...query, Signature: 'A'.repeat(43) } })],
    ['no signature', ({ query }) => ({ query: { ...query, Signature: undefined } })],
    ['a list for a signature', ({ query }) => ({ query: { ...query, Signature: [query.Signature] } })],
    ['no query at all', () => ({ query: {} })],
    ['the type taken out', ({ query }) => ({ query: { ...query, SignedHeaders: 'content-md5' } })],
    ['another type', ({ headers }) => ({ headers: { ...headers, 'content-type': 'text/html' } })],
    [
      'another MD5',
      ({ headers }) => ({ headers: { ...headers, 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' } }),
    ],
    ['no MD5', ({ headers }) => ({ headers: { ...headers, 'content-md5': undefined } })],
  ])('refuses an address that was signed for something else: %s', async (_what, change) => {
    const given = await arriving();
    await expect(uploads.receive({ ...given, ...change(given) })).rejects.toMatchObject({
      name: 'UploadRefusedError',
      expired: false,
    });
    expect(await store.stat(KEY)).toBeUndefined();
  });

  it('refuses an address whose time is over', async () => {
    const given = await arriving();
    clock += 60_000;
    await expect(uploads.receive(given)).rejects.toMatchObject({ name: 'UploadRefusedError', expired: true });
  });

  it('refuses an address that another key signed', async () => {
    const other = createDiskUploads({
      store,
      addresses: createFileAddresses('http://127.0.0.1:4000'),
      signingKey: 'another key',
      now: () => clock,
    });
    await expect(other.receive(await arriving())).rejects.toMatchObject({ expired: false });
  });

  it.each([
    ['a Content-Length that differs', { 'content-length': '3' }, TEXT],
    ['fewer bytes', {}, TEXT.slice(1)],
    ['more bytes', {}, `${TEXT}x`],
    ['other bytes', {}, TEXT.replace('10', '99')],
  ])('stores nothing for %s', async (_what, headers, text) => {
    const given = await arriving({ body: Readable.from([Buffer.from(text)]) });
    const length = { 'content-length': undefined, ...headers };
    await expect(uploads.receive({ ...given, headers: { ...given.headers, ...length } })).rejects.toThrow(
      BrokenUploadError,
    );
    expect(await store.stat(KEY)).toBeUndefined();
  });
});
