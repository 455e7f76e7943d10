import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fuzzService } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ADMIN_TOKEN, type App, appWith, createDataSet, ENGINES, issuer } from './harness.ts';
import { EXCEL, workbook } from './workbook.ts';

const writer = issuer.serviceToken({ permissions: { write: true } });
const NOW = '2014-01-06T00:00:00Z';

for (const engine of ENGINES) {
  engine.describe(`the OpenAPI document of write-api on ${engine.name}`, () => {
    let running: Awaited<ReturnType<typeof engine.start>>;
    let app: App;
    let server: Server;
    beforeAll(async () => {
      running = await engine.start();
      app = appWith(running.dataSets, {
        callTransforms: () => {},
      });
      server = createServer((req, res) => app(req, res));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    });
    afterAll(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await running.stop();
    });

    it('is true of every answer, to good, odd and hostile requests alike, and none is a 5xx', async () => {
      const [one, two] = [await createDataSet(app), await createDataSet(app, { auto_ids: ['nn'] })];
      const deleted: string[] = [];
      for (let count = 0; count < 10; count += 1) deleted.push((await createDataSet(app)).name);
      const { neverSucceeded } = await fuzzService({
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        parameters: {
          data_group: [one.group, two.group],
          data_type: ['events'],
          data_set_name: [one.name, two.name],
          name: [one.name, two.name],
          'DELETE /data-sets/{name}#name': deleted,
          'PATCH /data-sets/{name}#name': [two.name],
          id: ['one'],
          'Idempotency-Key': ['key 1', 'key 2', 'key 3'],
          grace: ['0', '60'],
        },
        credentials: [
          `Bearer ${writer}`,
          `Bearer ${ADMIN_TOKEN}`,
          `Bearer ${issuer.serviceToken({ permissions: { admin: true, write: true } })}`,
        ],
        bodies: {
          'text/csv': [`_id,_timestamp,nn\none,${NOW},1\n`, `nn,text\n1,"a\nb"\n`, 'nn\n1,2\n'],
          'application/x-ndjson': [`{"_id":"one","nn":1}\n{"nn":2}\n`, '{"nn":}\n'],
          [EXCEL]: [
            workbook({
              First: [
                ['_id', 'nn'],
                ['one', 1],
              ],
            }),
          ],
        },
      });
      expect(neverSucceeded).toEqual([]);
    });
  });
}
