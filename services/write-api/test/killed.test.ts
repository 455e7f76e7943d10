import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createPostgresDataSets, dataSetSettingsSchema, hashToken } from '@flyloft/data-sets';
import { createTestDatabase } from '@flyloft/testing';
import { expect, it } from '@jest/globals';

const SERVER = fileURLToPath(new URL('../dist/server.js', import.meta.url));

/** The built service as a process of its own; answers its port once it listens. */
async function startService(databaseUrl: string): Promise<{ process: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [SERVER], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      ADMIN_PORT: '0',
      DATABASE_URL: databaseUrl,
      AUTH_ISSUER: 'http://127.0.0.1:1',
      AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks.json',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let log = '';
  for await (const chunk of child.stdout) {
    log += String(chunk);
    const port = /"port":(\d+)[^\n]*listening/.exec(log)?.[1];
    if (port !== undefined) return { process: child, address: `http://127.0.0.1:${port}` };
  }
  throw new Error(`write-api did not start: ${log}`);
}

it('a write that is killed at any moment and asked again with its key is stored once', async () => {
  const database = await createTestDatabase();
  const dataSets = createPostgresDataSets({ connectionString: database.url });
  try {
    const created = await dataSets.catalogue.create({
      name: 'killed_events',
      dataGroup: 'killed',
      dataType: 'events',
      tokenHash: hashToken('token'),
      settings: dataSetSettingsSchema.parse({}),
    });
    if (created === undefined) throw new Error('not created');
    const body = JSON.stringify(Array.from({ length: 1_000 }, (_, nn) => ({ nn, text: 'x'.repeat(50) })));
    const ask = (address: string, key: string) =>
      fetch(`${address}/data/killed/events`, {
        method: 'POST',
        headers: {
          Authorization: 'Bearer token',
          'Content-Type': 'application/json',
          'Idempotency-Key': key,
        },
        body,
      });
    const rounds = [1, 2, 3, 4];
    for (const round of rounds) {
      const first = await startService(database.url);
      const asking = ask(first.address, `key ${round}`).catch(() => undefined);
      // Any moment between the first byte and the answer; which one does not matter.
      await new Promise((resolve) => setTimeout(resolve, round * 12));
      first.process.kill('SIGKILL');
      await Promise.all([once(first.process, 'exit'), asking]);
      const second = await startService(database.url);
      let status = 0;
      // 409 for as long as PostgreSQL has not seen that the first one is gone.
      for (let tries = 0; tries < 50 && status !== 200; tries += 1) {
        status = (await ask(second.address, `key ${round}`)).status;
      }
      second.process.kill('SIGKILL');
      await once(second.process, 'exit');
      expect(status).toBe(200);
      const query = { filters: [], inclusive: false, limit: 10_000 };
      expect(await dataSets.store.find(created, query)).toHaveLength(round * 1_000);
    }
  } finally {
    await dataSets.close();
    await database.drop();
  }
}, 120_000);
