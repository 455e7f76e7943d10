import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setImmediate as setImmediatePromise } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { CSV, openDownloadPlace } from './download-place.ts';

const { folder, serve, serveRaw, fetcher, download, failing, closeServers, close } =
  await openDownloadPlace();
afterEach(closeServers);
afterAll(close);

/** Reads a named pipe a little at a time, and lets the other side wait in between. */
async function readSlowly(pipe: string): Promise<void> {
  for await (const _part of createReadStream(pipe, { highWaterMark: 65_536 })) await setImmediatePromise();
}

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
    await closeServers();
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
