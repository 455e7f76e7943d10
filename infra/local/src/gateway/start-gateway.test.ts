import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, createMetrics, createServiceApp } from '@flyloft/service-kit';
import { expect, it } from '@jest/globals';
import { freePort } from '../engines/free-port.ts';
import { startGateway } from './start-gateway.ts';

const BODY = Buffer.alloc(16 * 1024 * 1024, ' ');

/** The gateway before one service, which knows no address but `/livez`. */
async function startGatewayToOne() {
  const app = createServiceApp({
    service: { name: 'write-api', version: '1.2.3', description: 'Refuses everything' },
    logger: createLogger('write-api', 'silent'),
    metrics: createMetrics('write-api'),
    healthChecks: [],
    endpoints: [],
  });
  const service = createServer(app).listen(0, '127.0.0.1');
  let connections = 0;
  service.on('connection', () => {
    connections += 1;
  });
  await once(service, 'listening');
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const port = await freePort();
  const urls = {
    ...{ auth: url, 'write-api': url, 'read-api': url },
    ...{ 'package-conductor': url, 'package-worker': url },
  };
  const gateway = await startGateway(port, urls);
  const stop = async () => {
    await gateway.stop();
    service.close();
    service.closeAllConnections();
  };
  return { port, stop, connections: () => connections };
}

it.each(['keep-alive', 'close'])(
  'passes on a refusal of a large body that the service did not read, on a connection to %s',
  async (connection) => {
    const { port, stop } = await startGatewayToOne();
    try {
      // Not by luck: each of several would have to win a race.
      for (let turn = 0; turn < 4; turn += 1) {
        const sent = request({
          port,
          agent: new Agent(),
          path: '/data/a/b',
          method: 'POST',
          headers: { Connection: connection, 'Content-Length': BODY.length },
        });
        sent.end(BODY);
        const [answer] = await once(sent, 'response');
        expect(answer.statusCode).toBe(404);
        answer.resume();
        await once(sent, 'close');
      }
    } finally {
      await stop();
    }
  },
);

it('asks a service on a new connection each time: none is taken as the service closes it', async () => {
  const { port, stop, connections } = await startGatewayToOne();
  try {
    for (let turn = 0; turn < 3; turn += 1) {
      const answer = await fetch(`http://127.0.0.1:${port}/data/a/b`);
      expect([answer.status, await answer.json()]).toMatchObject([404, { code: 'not_found' }]);
    }
    expect(connections()).toBe(3);
  } finally {
    await stop();
  }
});
