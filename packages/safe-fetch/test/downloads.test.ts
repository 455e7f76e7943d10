import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { openCanary } from './canary.ts';
import { CSV, openDownloadPlace } from './download-place.ts';

const { folder, serve, serveRaw, fetcher, target, download, failing, toClose, closeServers, close } =
  await openDownloadPlace();
afterEach(closeServers);
afterAll(close);

describe('a download', () => {
  it('brings every byte, its hashes, its type and where it was', async () => {
    const content = 'a,b\n'.repeat(300_000);
    const origin = await serve((_req, res) => {
      res.setHeader('content-type', 'Text/CSV; charset=utf-8').end(content);
    });
    const found = await download(`${origin}/a.csv#fragment`, { maxBytes: 2e6 });
    expect(found).toEqual({
      bytes: content.length,
      md5: createHash('md5').update(content).digest('hex'),
      sha256: createHash('sha256').update(content).digest('hex'),
      contentType: 'text/csv',
      address: `${origin}/a.csv`,
    });
    expect(await readFile(target(), 'utf8')).toBe(content);
  });

  it.each([
    ['gzip', gzipSync(CSV)],
    ['x-gzip', gzipSync(CSV)],
    ['deflate', deflateSync(CSV)],
    ['br', brotliCompressSync(CSV)],
    ['identity', Buffer.from(CSV)],
  ])('decompresses what is sent as %s', async (encoding, body) => {
    const origin = await serve((_req, res) => {
      res.setHeader('content-encoding', encoding).end(body);
    });
    expect(await download(`${origin}/a.csv`)).toMatchObject({ bytes: CSV.length });
    expect(await readFile(target(), 'utf8')).toBe(CSV);
  });

  it('keeps a file named .gz as it is, although its server calls the encoding gzip too', async () => {
    const body = gzipSync(CSV);
    const origin = await serve((_req, res) => {
      res.setHeader('content-encoding', 'gzip').end(body);
    });
    await download(`${origin}/a.csv.gz`);
    expect(await readFile(target())).toEqual(body);
  });

  it('stops when its caller does, with the reason that was given', async () => {
    const { origin } = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
      stop.abort(new Error('cancelled'));
    });
    const stop = new AbortController();
    const work = fetcher().download(origin, { target: target(), maxBytes: 1000, signal: stop.signal });
    await expect(work).rejects.toThrow('cancelled');
  });

  it('leaves a failure of our own disk what it is', async () => {
    const origin = await serve((_req, res) => void res.end(CSV));
    const work = fetcher().download(origin, { target: join(folder, 'none/file'), maxBytes: 1000 });
    await expect(work).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('redirects', () => {
  it('are followed three times, and not a fourth', async () => {
    const origin = await serve((req, res) => {
      const left = Number(req.url?.slice(1));
      if (left > 0) res.writeHead(302, { location: `/${left - 1}` }).end('moved');
      else res.end(CSV);
    });
    expect(await download(`${origin}/3`)).toMatchObject({ address: `${origin}/0` });
    expect(await failing(`${origin}/4`)).toMatchObject({ code: 'redirect_refused' });
  });

  it('in a circle end', async () => {
    const origin = await serve((req, res) => void res.writeHead(301, { location: req.url ?? '/' }).end());
    expect(await failing(`${origin}/again`)).toMatchObject({ code: 'redirect_refused' });
  });

  it('to no address are refused', async () => {
    const origin = await serve((req, res) => {
      res.writeHead(302, req.url === '/none' ? {} : { location: 'http://[' }).end();
    });
    expect(await failing(`${origin}/none`)).toMatchObject({ code: 'redirect_refused' });
    expect(await failing(`${origin}/bad`)).toMatchObject({ code: 'redirect_refused' });
  });

  it.each([
    ['this machine', (port: number) => `http://127.0.0.1:${port}/`],
    ['this machine in another spelling', (port: number) => `http://2130706433:${port}/`],
    ['this machine by IPv6', (port: number) => `http://[::1]:${port}/`],
    ['this machine by its name', (port: number) => `http://localhost:${port}/`],
    ['a file', () => 'file:///etc/passwd'],
    ['metadata of the cloud', () => 'http://169.254.169.254/latest/meta-data/'],
    ['another port', () => 'http://data.example:6379/'],
  ])('E9: to %s are refused, at every hop', async (_where, location) => {
    const canary = await openCanary();
    toClose.push(canary.close);
    const server = await serveRaw((socket) => {
      const hop = server.connections() < 2 ? 'http://data.example/next' : location(canary.port);
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ${hop}\r\nContent-Length: 0\r\n\r\n`);
    });
    const dialled: string[] = [];
    const error = await failing('http://data.example/', {
      policy: { ports: [80, 443, canary.port], openHosts: [] },
      resolve: async () => ['93.184.216.34'],
      dial: async ({ address }) => {
        dialled.push(address);
        const socket = connect(Number(new URL(server.origin).port), '127.0.0.1');
        await once(socket, 'connect');
        return socket;
      },
    });
    expect(error).toMatchObject({ code: 'address_refused' });
    expect(dialled).toEqual(['93.184.216.34', '93.184.216.34']);
    expect(canary.hits()).toBe(0);
  });
});

describe('a post', () => {
  const send = (address: string, maxBytes = 1000) =>
    fetcher().send(address, { headers: { 'x-run': '1' }, body: Buffer.from('hello'), maxBytes });

  it('sends its body and headers and reads the answer, whatever its status', async () => {
    const origin = await serve((req, res) => {
      req.on('data', (chunk) => res.writeHead(422).end(`${req.method} ${req.headers['x-run']} ${chunk}`));
    });
    expect(await send(origin)).toEqual({ status: 422, text: 'POST 1 hello' });
  });

  it('follows no redirect', async () => {
    const origin = await serve((_req, res) => void res.writeHead(307, { location: '/elsewhere' }).end());
    expect(await send(origin)).toMatchObject({ status: 307 });
  });

  it('is made once, whatever happens', async () => {
    const { origin, connections } = await serveRaw((socket) => void socket.destroy());
    await expect(send(origin)).rejects.toMatchObject({ code: 'cut_off' });
    expect(connections()).toBe(1);
  });

  it('reads no more of an answer than it may', async () => {
    const origin = await serve((_req, res) => void res.end('x'.repeat(10_000)));
    await expect(send(origin)).rejects.toMatchObject({ code: 'too_large' });
  });
});
