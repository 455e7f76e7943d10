import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server that plays a party outside. */
export interface TestHttpServer {
  /** Such as `http://127.0.0.1:40123`. */
  readonly origin: string;
  /** Cuts its connections and ends it. */
  readonly close: () => Promise<void>;
}

/** Starts a server on this machine that answers by the listener. */
export async function serveHttp(listener: RequestListener): Promise<TestHttpServer> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // a listening TCP server
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
