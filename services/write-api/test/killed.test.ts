import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { dataSetSettingsSchema, hashToken } from '@flyloft/data-sets';
import { expect, it } from '@jest/globals';
import { OPEN_ENGINES, startService } from './running-service.ts';

/** Fewer than one statement of an engine holds, and more than one transaction of MongoDB takes. */
const SIZES = [1_000, 12_000];

for (const engine of OPEN_ENGINES) {
  engine.describe(`write-api on ${engine.name}`, () => {
    it.each(SIZES)(
      'stores %d records once, killed at any moment and asked again with their key',
      async (size) => {
        const { variables, dataSets, drop } = await engine.open();
        const group = `killed-${randomBytes(5).toString('hex')}`;
        try {
          const created = await dataSets.catalogue.create({
            name: group.replace('-', '_'),
            dataGroup: group,
            dataType: 'events',
            tokenHash: hashToken('token'),
            settings: dataSetSettingsSchema.parse({}),
          });
          if (created === undefined) throw new Error('not created');
          const body = JSON.stringify(
            Array.from({ length: size }, (_, nn) => ({ nn, text: 'x'.repeat(50) })),
          );
          const ask = (address: string, key: string) =>
            fetch(`${address}/data/${group}/events`, {
              method: 'POST',
              headers: {
                Authorization: 'Bearer token',
                'Content-Type': 'application/json',
                'Idempotency-Key': key,
              },
              body,
            });
          const rounds = [1, 2, 3];
          for (const round of rounds) {
            const first = await startService(variables);
            const asking = ask(first.address, `key ${round}`).catch(() => undefined);
            // Any moment between the first byte and the answer; which one does not matter.
            await new Promise((resolve) => setTimeout(resolve, round * 15 * (size / 1_000)));
            first.process.kill('SIGKILL');
            await Promise.all([once(first.process, 'exit'), asking]);
            const second = await startService(variables);
            let status = 0;
            // 409 for as long as the engine has not seen that the first one is gone.
            for (let tries = 0; tries < 600 && status !== 200; tries += 1) {
              status = (await ask(second.address, `key ${round}`)).status;
              if (status !== 200) await new Promise((resolve) => setTimeout(resolve, 100));
            }
            second.process.kill('SIGKILL');
            await once(second.process, 'exit');
            expect(status).toBe(200);
            const query = { filters: [], inclusive: false, limit: 10 * size };
            expect(await dataSets.store.find(created, query)).toHaveLength(round * size);
          }
        } finally {
          await dataSets.catalogue.list().then(async (all) => {
            const mine = all.find(({ dataGroup }) => dataGroup === group);
            if (mine !== undefined) await dataSets.catalogue.remove(mine);
          });
          await dataSets.close();
          await drop();
        }
      },
      150_000,
    );
  });
}
