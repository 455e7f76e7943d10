import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as setImmediatePromise } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createSafeFetcher, type SafeFetcherOptions } from '../src/index.ts';
import { openCanary } from './canary.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flyloft-downloads-'));
});
afterAll(() => rm(folder, { recursive: true }));

const toClose: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of toClose.splice(0)) await close();
});

/** An HTTP server on this machine; answers its origin. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toClose.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  // a listening TCP server
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that writes what it likes and counts the connections. */
async function serveRaw(answer: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  toClose.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  // a listening TCP server
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, connections: () => connections };
}

const LOCAL = { ports: [80], openHosts: [{ host: '127.0.0.1', port: undefined }] };

function fetcher(more: Partial<SafeFetcherOptions> = {}) {
  const created = createSafeFetcher({ policy: LOCAL, retryDelayMilliseconds: 1, ...more });
  toClose.push(created.close);
  return created;
}

const target = () => join(folder, 'file');

async function download(address: string, more: Partial<SafeFetcherOptions> & { maxBytes?: number } = {}) {
  const { maxBytes = 1e6, ...options } = more;
  return fetcher(options).download(address, { target: target(), maxBytes });
}

const failing = (address: string, more: Parameters<typeof download>[1] = {}) =>
  download(address, more).then(
    () => 'no failure',
    (error: unknown) => error,
  );

/** Reads a named pipe a little at a time, and lets the other side wait in between. */
async function readSlowly(pipe: string): Promise<void> {
  for await (const _part of createReadStream(pipe, { highWaterMark: 65_536 })) await setImmediatePromise();
}

const CSV = 'region,amount\nnorth,1\n';

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
  ])('to %s are refused, at every hop', async (_where, location) => {
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

describe('an answer that does not arrive whole', () => {
  it.each([
    ['cut before its length', 'Content-Length: 100\r\n\r\nsome', 'end'],
    ['cut within a chunk', 'Transfer-Encoding: chunked\r\n\r\n64\r\nsome', 'end'],
    ['without its last chunk', 'Transfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n', 'end'],
    ['reset', 'Content-Length: 100\r\n\r\nsome', 'reset'],
    [
      'of another protocol',
      'Connection: upgrade\r\nUpgrade: other\r\n\r\n',
      'end',
      '101 Switching Protocols',
    ],
    ['of a gzip that ends early', 'Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\n', 'gzip'],
  ])('(%s) is tried three times and fails', async (_what, head, ending, status = '200 OK') => {
    const { origin, connections } = await serveRaw((socket) => {
      socket.write(`HTTP/1.1 ${status}\r\n${head}`);
      if (ending === 'gzip') socket.write(gzipSync(CSV).subarray(0, 12));
      if (ending === 'reset') setImmediate(() => socket.resetAndDestroy());
      else socket.end();
    });
    expect(await failing(origin)).toMatchObject({ code: 'cut_off', isPassing: true });
    expect(connections()).toBe(3);
  });

  it('(whose connection ends while its reader is slow) arrives whole, or fails: it ends no process', async () => {
    const content = Buffer.alloc(3e6, 'a,b\n');
    // Each ends the connection behind its last byte, to which the reader has long not come.
    const heads = {
      length: `Content-Length: ${content.length}\r\nConnection: close\r\n\r\n`,
      none: 'Connection: close\r\n\r\n',
      short: `Content-Length: ${content.length + 1}\r\nConnection: close\r\n\r\n`,
    };
    const ended = async (head: string) => {
      const { origin } = await serveRaw((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}`);
        socket.end(content);
      });
      const pipe = join(folder, `pipe-${Math.random()}`);
      execFileSync('mkfifo', [pipe]);
      const work = fetcher({ attempts: 1 }).download(origin, { target: pipe, maxBytes: 1e7 });
      const read = readSlowly(pipe);
      const [found] = await Promise.all([work.catch((error: unknown) => error), read]);
      return found;
    };
    expect(await ended(heads.length)).toMatchObject({ bytes: content.length });
    expect(await ended(heads.none)).toMatchObject({ bytes: content.length });
    expect(await ended(heads.short)).toMatchObject({ code: 'cut_off' });
  });

  it('(of no length, whose connection breaks) fails: it is not taken for whole', async () => {
    const { origin } = await serveRaw((socket) => void socket.write('HTTP/1.1 200 OK\r\n\r\nsome'));
    const error = await failing(origin, {
      attempts: 1,
      // what Node does with a socket that is reset; one of its own says goodbye first
      dial: async ({ address, port }) => {
        const socket = connect(port, address);
        await once(socket, 'connect');
        const broken = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
        socket.once('data', () => setImmediate(() => socket.destroy(broken)));
        return socket;
      },
    });
    expect(error).toMatchObject({ code: 'cut_off' });
  });

  it('(longer than announced) brings no more than was announced', async () => {
    const { origin } = await serveRaw((socket) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome more'),
    );
    const found = await download(origin).catch((error: unknown) => error);
    expect([4, undefined]).toContain((found as { bytes?: number }).bytes);
  });

  it('(no HTTP) fails', async () => {
    const { origin } = await serveRaw((socket) => socket.end('220 mail.example ESMTP\r\n'));
    expect(await failing(origin)).toMatchObject({ code: 'cut_off' });
  });

  it('is tried again and then brought', async () => {
    const { origin, connections } = await serveRaw((socket) => {
      if (connections() < 3) socket.destroy();
      else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsome');
    });
    expect(await download(origin)).toMatchObject({ bytes: 4 });
  });

  it.each([
    ['no head', { headTimeoutSeconds: 0.2 }, ''],
    ['no body', { idleTimeoutSeconds: 0.2 }, 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n'],
    ['no end', { totalTimeoutSeconds: 0.3 }, 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n'],
  ])('(%s in time) fails', async (_what, limit, written) => {
    const { origin } = await serveRaw((socket) => void socket.write(written));
    expect(await failing(origin, { ...limit, attempts: 1 })).toMatchObject({ code: 'timed_out' });
  });

  it('(a byte now and then) fails when the whole time is over', async () => {
    const { origin } = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n');
      const timer = setInterval(() => socket.write('x'), 20);
      socket.once('close', () => clearInterval(timer));
    });
    expect(await failing(origin, { idleTimeoutSeconds: 5, totalTimeoutSeconds: 0.3 })).toMatchObject({
      code: 'timed_out',
    });
  });

  it('(nobody listens) fails', async () => {
    const closed = await serveRaw(() => undefined);
    for (const close of toClose.splice(0)) await close();
    expect(await failing(closed.origin)).toMatchObject({ code: 'unreachable' });
  });
});

describe('an answer that is not the file', () => {
  const answering = (status: number, headers: Record<string, string> = {}) => {
    let asked = 0;
    return serve((_req, res) => {
      asked += 1;
      res.writeHead(status, { ...headers, 'x-asked': String(asked) }).end('no');
    }).then((origin) => ({ origin, asked: () => asked }));
  };

  it.each([400, 401, 403, 404, 410, 204, 206])('(%i) fails at once', async (status) => {
    const { origin, asked } = await answering(status);
    expect(await failing(origin)).toMatchObject({ code: 'status', status, isPassing: false });
    expect(asked()).toBe(1);
  });

  it.each([408, 429, 500, 502, 503, 504])('(%i) is tried three times and fails', async (status) => {
    const { origin, asked } = await answering(status);
    expect(await failing(origin)).toMatchObject({ code: 'status', status, isPassing: true });
    expect(asked()).toBe(3);
  });

  it('(a web page) fails', async () => {
    const { origin } = await answering(200, { 'content-type': 'text/html; charset=utf-8' });
    expect(await failing(origin)).toMatchObject({ code: 'content_refused' });
  });

  it.each(['compress', 'gzip, gzip', 'zstd'])('(content encoding "%s") fails', async (encoding) => {
    const { origin } = await answering(200, { 'content-encoding': encoding });
    expect(await failing(origin)).toMatchObject({ code: 'content_refused' });
  });

  it.each(['gzip', 'br', 'deflate'])('(no %s, although it says so) fails', async (encoding) => {
    const { origin } = await answering(200, { 'content-encoding': encoding });
    expect(await failing(origin)).toMatchObject({
      code: expect.stringMatching(/^(content_refused|cut_off)$/),
    });
  });

  it('(a head without end) fails', async () => {
    const { origin } = await serveRaw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`);
    });
    expect(await failing(origin)).toMatchObject({ code: 'cut_off' });
  });
});

describe('a file over the limit', () => {
  it('is refused by its length before it is read', async () => {
    const { origin } = await serveRaw(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n'),
    );
    expect(await failing(origin, { maxBytes: 100 })).toMatchObject({ code: 'too_large' });
  });

  it('is refused while it arrives when it says no length', async () => {
    const origin = await serve((_req, res) => {
      const more = () => {
        while (res.write('x'.repeat(50_000)));
        res.once('drain', more);
      };
      more();
    });
    expect(await failing(origin, { maxBytes: 1e6 })).toMatchObject({ code: 'too_large' });
  });

  it('is refused when it is so only decompressed', async () => {
    const origin = await serve((_req, res) => {
      res.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(300_000)));
    });
    expect(await failing(origin, { maxBytes: 200_000 })).toMatchObject({ code: 'too_large' });
  });

  it('is refused for what a byte of it becomes, long before the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 ** 2));
    const origin = await serve((_req, res) => void res.setHeader('content-encoding', 'gzip').end(bomb));
    expect(await failing(origin, { maxBytes: 1e12 })).toMatchObject({
      code: 'too_large',
      message: expect.stringContaining('200 times'),
    });
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
