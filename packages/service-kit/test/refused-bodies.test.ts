import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { problem } from '@flyloft/common';
import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createMetrics, createServiceApp } from '../src/index.ts';

const MEGABYTE = Buffer.alloc(1024 * 1024, ' ');
const MEGABYTES = 8;

/** Refuses a body that it has not read, or only the first piece of. */
function startService() {
  const app = createServiceApp({
    service: { name: 'things', version: '1.2.3', description: 'Keeps things' },
    logger: pino({ level: 'silent' }),
    metrics: createMetrics('things'),
    healthChecks: [],
    endpoints: (['unread', 'begun'] as const).map((path) => ({
      method: 'post',
      path: `/${path}`,
      tag: 'things',
      summary: 'Refuses',
      answers: { 200: { description: 'never' } },
      handlers: [
        async (req) => {
          if (path === 'begun') for await (const _piece of req.iterator({ destroyOnReturn: false })) break;
          throw problem('too_large');
        },
      ],
    })),
  });
  return createServer(app).listen(0, '127.0.0.1');
}

it.each([
  ['unread', 'keep-alive'],
  ['unread', 'close'],
  ['begun', 'keep-alive'],
  ['begun', 'close'],
])(
  'answers a body that is refused %s, on a connection to %s, and lets its sender come to the end',
  async (path, connection) => {
    const server = startService();
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const client = connect(port, '127.0.0.1');
    try {
      client.write(
        `POST /${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\nContent-Length: ${MEGABYTES * MEGABYTE.length}\r\n\r\n`,
      );
      client.write(MEGABYTE);
      const [answer] = await once(client, 'data');
      expect(String(answer)).toMatch(/^HTTP\/1\.1 413 /);
      for (let sent = 1; sent < MEGABYTES; sent += 1) {
        await new Promise<void>((resolve, reject) => {
          client.write(MEGABYTE, (error) => (error ? reject(error) : resolve()));
        });
      }
      // Node answers no more where the client said that this is its last request.
      if (connection === 'close') return;
      client.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
      const [next] = await once(client, 'data');
      expect(String(next)).toMatch(/^HTTP\/1\.1 200 /);
    } finally {
      client.destroy();
      server.close();
      server.closeAllConnections();
    }
  },
);
