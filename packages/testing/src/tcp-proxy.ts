import { connect, createServer, type Server, type Socket } from 'node:net';
import { createLink, type Link, type NetworkFault } from './tcp-link.ts';

/** A TCP proxy in front of a real engine, to take the engine away and give it back. */
export interface TcpProxy {
  /** The engine's connection string, by way of the proxy. */
  readonly url: string;
  /** Cuts every connection and refuses new ones. */
  readonly cut: () => Promise<void>;
  /** From now on the network is like this, for connections that there are and for new ones. */
  readonly suffer: (fault: NetworkFault) => void;
  /** Ends whatever it was that `cut` or `suffer` began. */
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
  const links = new Map<Socket, Link>();
  let fault: NetworkFault | undefined;
  const hold = (client: Socket) => {
    const link = createLink(client, connect(Number(engine.port), engine.hostname));
    link.suffer(fault);
    links.set(client, link);
    client.once('close', () => links.delete(client));
  };
  let server: Server | undefined = createServer(hold);
  const port = await listen(server, 0);
  const cut = async () => {
    const closing = server;
    if (closing === undefined) return;
    server = undefined;
    const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
    for (const link of links.values()) link.destroy();
    await closed;
  };
  const suffer = (wanted: NetworkFault | undefined) => {
    fault = wanted;
    for (const link of links.values()) link.suffer(wanted);
  };
  if (options.cut) await cut();
  const proxied = new URL(engineUrl);
  proxied.hostname = HOST;
  proxied.port = String(port);
  return {
    url: proxied.href,
    ...{ cut, suffer },
    restore: async () => {
      suffer(undefined);
      if (server !== undefined) return;
      server = createServer(hold);
      await listen(server, port);
    },
    close: cut,
  };
}
