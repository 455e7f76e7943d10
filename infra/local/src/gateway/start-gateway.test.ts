import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, createMetrics, createServiceApp } from '@flyloft/service-kit';
import { expect, it } from '@jest/globals';
import { freePort } from '../engines/free-port.ts';
import { startGateway } from './start-gateway.ts';

const BODY = Buffer.alloc(16 * 1024 * 1024, ' ');

it.each(['keep-alive', 'close'])(
  'passes on a refusal of a large body that the service did not read, on a connection to %s',
  async (connection) => {
    const app = createServiceApp({
      service: { name: 'write-api', version: '1.2.3', description: 'Refuses everything' },
      logger: createLogger('write-api', 'silent'),
      metrics: createMetrics('write-api'),
      healthChecks: [],
      endpoints: [],
    });
    const service = createServer(app).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const port = await freePort();
    const urls = {
      auth: url,
      'write-api': url,
      'read-api': url,
      'package-conductor': url,
      'package-worker': url,
    };
    const gateway = await startGateway(port, urls);
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
      await gateway.stop();
      service.close();
      service.closeAllConnections();
    }
  },
);
