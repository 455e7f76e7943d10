import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveHttp } from '@flyloft/testing';
import { createSafeFetcher, type SafeFetcherOptions } from '../src/index.ts';

export const CSV = 'region,amount\nnorth,1\n';

/** A folder for downloads, and servers outside that behave well or badly. */
export async function openDownloadPlace() {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-downloads-'));
  /** What is ended after a test. */
  const toClose: (() => Promise<unknown>)[] = [];
  const closeServers = async () => {
    for (const close of toClose.splice(0)) await close();
  };

  /** Starts an HTTP server on this machine; answers its origin. */
  async function serve(listener: RequestListener): Promise<string> {
    const { origin, close } = await serveHttp(listener);
    toClose.push(close);
    return origin;
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

  const close = () => rm(folder, { recursive: true });
  return { folder, serve, serveRaw, fetcher, target, download, failing, toClose, closeServers, close };
}
