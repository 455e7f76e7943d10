import { connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP proxy in front of a real engine, to take the engine away and give it back. */
export interface TcpProxy {
  /** The engine's connection string, by way of the proxy. */
  readonly url: string;
  /** Cuts every connection and refuses new ones. */
  readonly cut: () => Promise<void>;
  readonly restore: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const HOST = '127.0.0.1';

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

/** Stands in front of the engine that a connection string names; begins restored, or `{ cut: true }`. */
export async function createTcpProxy(engineUrl: string, options: { cut?: boolean } = {}): Promise<TcpProxy> {
  const engine = new URL(engineUrl);
  const sockets = new Set<Socket>();
  const hold = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on('error', () => other.destroy());
    socket.once('close', () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const open = () =>
    createServer((client) => {
      const upstream = connect(Number(engine.port), engine.hostname);
      hold(client, upstream);
      hold(upstream, client);
      client.pipe(upstream).pipe(client);
    });
  let server: Server | undefined = open();
  const port = await listen(server, 0);
  const cut = async () => {
    const closing = server;
    if (closing === undefined) return;
    server = undefined;
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  if (options.cut) await cut();
  const proxied = new URL(engineUrl);
  proxied.hostname = HOST;
  proxied.port = String(port);
  return {
    url: proxied.href,
    cut,
    restore: async () => {
      if (server !== undefined) return;
      server = open();
      await listen(server, port);
    },
    close: cut,
  };
}
