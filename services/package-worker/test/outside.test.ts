import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { serveHttp } from '@flyloft/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { runLoad } from '../src/loads/run-load.ts';
import { OWNER, openWorkPlace, smallPackage, type WorkPlace } from './work-place.ts';

let place: WorkPlace;
beforeAll(async () => {
  place = await openWorkPlace();
});
afterAll(() => place.close());

const toClose: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const { origin, close } = await serveHttp(listener);
  toClose.push(close);
  return origin;
}

type Files = Readonly<
  Record<string, string | Buffer | ((req: IncomingMessage, res: ServerResponse) => void)>
>;

/** Serves files by their path; anything else is a 404. Answers the origin and what was asked for. */
async function serveFiles(files: Files) {
  const asked: string[] = [];
  const origin = await serve((req, res) => {
    const path = decodeURIComponent(req.url ?? '');
    asked.push(path);
    const file = files[path];
    if (typeof file === 'function') file(req, res);
    else if (file === undefined) res.writeHead(404).end();
    else res.end(file);
  });
  return { origin, asked };
}

async function load(datapackage: string) {
  const { id, attempt } = await place.createLoad(datapackage);
  await runLoad(place.runner, { version: 1, load_id: id, after_attempt: attempt });
  return place.findLoad(id);
}

let number = 0;
const unique = () => `outside-${++number}`;
const describing = (path: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({ name: unique(), resources: [{ name: 'facts', path, ...more }] });

describe('a package at an outside address', () => {
  it('is loaded as an uploaded one is, for the person who asked', async () => {
    const name = unique();
    const files = smallPackage(name, '2014,north,1.50\n');
    const { origin } = await serveFiles({
      '/a/datapackage.json': files['datapackage.json'],
      '/a/data.csv': files['data.csv'],
    });
    expect(await load(`${origin}/a/datapackage.json`)).toMatchObject({ status: 'done', rows: 1 });
    expect(await place.registry.findPackage(`${OWNER}:${name}`)).toMatchObject({
      private: true,
      loaded: true,
    });
    expect(await load(`${origin}/a/datapackage.json`)).toMatchObject({ status: 'done', unchanged: true });
  });

  it('has its paths relative to where redirects end, with names as they are', async () => {
    const csv = gzipSync('region,amount\nx,1\n');
    const { origin } = await serveFiles({
      '/latest': (_req, res) => res.writeHead(302, { location: '/v1/datapackage.json' }).end(),
      '/v1/datapackage.json': describing('./data/a b#ü.csv.gz', {
        hash: createHash('md5').update(csv).digest('hex'),
        bytes: csv.length,
      }),
      '/v1/data/a b#ü.csv.gz': csv,
    });
    expect(await load(`${origin}/latest`)).toMatchObject({ status: 'done', rows: 1, warnings: [] });
  });

  it('may have its tables elsewhere, as an uploaded one may', async () => {
    const there = await serveFiles({ '/t.csv': 'region,amount\nx,1\ny,2\n' });
    const { origin } = await serveFiles({ '/datapackage.json': describing(`${there.origin}/t.csv`) });
    expect(await load(`${origin}/datapackage.json`)).toMatchObject({ status: 'done', rows: 2 });
    const uploaded = await place.upload(unique(), {
      'datapackage.json': describing(`${there.origin}/t.csv`),
    });
    expect(await load(uploaded)).toMatchObject({ status: 'done', rows: 2 });
  });

  it('is not loaded from our own files of someone else', async () => {
    const foreign = 'http://flyloft.test:4000/files/somebody/secret/data.csv';
    const { origin } = await serveFiles({ '/datapackage.json': describing(foreign) });
    expect(await load(`${origin}/datapackage.json`)).toMatchObject({
      ...{ status: 'fail', code: 'address_refused' },
      error: expect.stringContaining('someone else'),
    });
  });
});

describe('E5: what goes wrong on the way', () => {
  const half = (_req: IncomingMessage, res: ServerResponse) => {
    res.writeHead(200, { 'content-length': '1000' }).write('region,amount\nx,1\n');
    setImmediate(() => res.destroy());
  };
  const wrongLength = (_req: IncomingMessage, res: ServerResponse) => {
    res.socket?.end('HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nregion,amount\n');
  };
  const reset = (_req: IncomingMessage, res: ServerResponse) => void res.socket?.resetAndDestroy();
  const silent = (_req: IncomingMessage, res: ServerResponse) => {
    res.writeHead(200, { 'content-length': '1000' }).write('region,amount\n');
  };
  const page = (_req: IncomingMessage, res: ServerResponse) => {
    res.setHeader('content-type', 'text/html').end('<html>Please sign in</html>');
  };
  const circle = (req: IncomingMessage, res: ServerResponse) => {
    res.writeHead(302, { location: req.url ?? '/' }).end();
  };
  const bomb = (_req: IncomingMessage, res: ServerResponse) => {
    res.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(10 * 1024 ** 2)));
  };
  const status = (code: number) => (_req: IncomingMessage, res: ServerResponse) =>
    void res.writeHead(code).end();

  it.each([
    ['a body that is cut', half, 'unreachable', 3],
    ['a wrong length', wrongLength, 'unreachable', 3],
    ['a reset', reset, 'unreachable', 3],
    ['a sender that stops', silent, 'unreachable', 3],
    ['a web page', page, 'resource_invalid', 1],
    ['redirects in a circle', circle, 'address_refused', 4],
    ['a bomb', bomb, 'too_large', 1],
    ['404', status(404), 'unreachable', 1],
    ['500', status(500), 'unreachable', 3],
  ])(
    '(%s) fails the load with a sentence and a code, and the old data stays',
    async (_what, answer, code, times) => {
      const name = unique();
      const files = smallPackage(name, '2014,north,1\n');
      const served: Record<string, Files[string]> = {
        '/datapackage.json': files['datapackage.json'],
        '/data.csv': files['data.csv'],
      };
      const { origin, asked } = await serveFiles(served);
      const first = await load(`${origin}/datapackage.json`);
      expect(first.status).toBe('done');
      served['/data.csv'] = answer;
      asked.length = 0;
      const failed = await load(`${origin}/datapackage.json`);
      expect(failed).toMatchObject({ status: 'fail', code, attempt: 1 });
      expect(failed.error).toMatch(/^The file .+data\.csv was not fetched\. .{20,}\.$/);
      expect(asked.filter((path) => path === '/data.csv')).toHaveLength(times);
      const registered = await place.registry.findPackage(`${OWNER}:${name}`);
      expect(registered).toMatchObject({ loaded: true, loadingStatus: 'fail', currentLoadId: first.id });
      served['/datapackage.json'] = answer;
      expect(await load(`${origin}/datapackage.json`)).toMatchObject({ status: 'fail', code });
    },
  );

  it('(a failure that passes) is tried again, and the load is done', async () => {
    let tries = 0;
    const { origin } = await serveFiles({
      '/datapackage.json': describing('t.csv'),
      '/t.csv': (req, res) => {
        tries += 1;
        if (tries < 3) half(req, res);
        else res.end('region,amount\nx,1\n');
      },
    });
    expect(await load(`${origin}/datapackage.json`)).toMatchObject({ status: 'done', attempt: 1 });
  });

  it.each([
    '/etc/passwd',
    '../secret.csv',
    'a/../../secret.csv',
    'file:///etc/passwd',
    'C:\\data.csv',
    'ftp://a/b',
  ])('(the path %s) is refused, and nothing else is asked for', async (path) => {
    const { origin, asked } = await serveFiles({ '/a/datapackage.json': describing(path) });
    expect(await load(`${origin}/a/datapackage.json`)).toMatchObject({
      status: 'fail',
      code: expect.stringMatching(/^(address_refused|descriptor_invalid|resource_invalid)$/),
    });
    expect(asked).toEqual(['/a/datapackage.json']);
  });

  it('leaves nothing on the disk', async () => {
    expect((await readdir(place.folder)).filter((name) => name !== 'files')).toEqual([]);
  });
});
