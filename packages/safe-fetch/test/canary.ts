import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { SafeFetcherOptions } from '../src/index.ts';

type Dial = NonNullable<SafeFetcherOptions['dial']>;

/** A server on this machine that counts who comes: a safe client never does. */
export async function openCanary() {
  let hits = 0;
  const server = createServer((socket) => {
    hits += 1;
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\ncanary');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const dialled: string[] = [];
  /** Whatever IP address is asked for, the canary is reached: nothing outside of this machine is ever probed. */
  const dial: Dial = async (target) => {
    dialled.push(target.address);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  return {
    port,
    dial,
    /** The IP addresses that a connection was made to. */
    dialled,
    hits: () => hits,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
