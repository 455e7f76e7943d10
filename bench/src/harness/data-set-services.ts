import { type ChildProcess, fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, repositoryRoot } from '@flyloft/local';
import { endWhenDone } from './clean-up.ts';
import { call } from './platform.ts';

/** write-api and read-api on one engine, nothing else: a pair needs no more. */
export interface DataSetServices {
  readonly writeUrl: string;
  readonly readUrl: string;
  readonly adminToken: string;
  /** The most resident memory that each has had since it started, in MB; 0 where the system does not tell. */
  readonly mostMemory: () => Promise<{ readonly write: number; readonly read: number }>;
  readonly stop: () => Promise<void>;
}

const ADMIN_TOKEN = 'bench-admin-token-of-data-sets';

async function startService(
  name: string,
  port: number,
  engine: Record<string, string>,
): Promise<ChildProcess> {
  const child = fork(join(repositoryRoot, 'services', name, 'dist/server.js'), {
    env: {
      ...process.env,
      ...engine,
      PORT: String(port),
      ADMIN_PORT: String(await freePort()),
      LOG_LEVEL: 'warn',
      AUTH_ISSUER: 'http://127.0.0.1:1',
      AUTH_JWKS_URL: 'http://127.0.0.1:1/.well-known/jwks.json',
      // There is no auth to be asked.
      AUTH_REVOCATIONS_URL: 'off',
      AUTH_MODERATION_URL: 'off',
      DATA_SETS_ADMIN_TOKEN: ADMIN_TOKEN,
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${name} did not start`);
    const isReady = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (isReady) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function mostMemoryOf({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

/** Starts both services on the engine that the variables name (`DATABASE_URL` or `MONGO_URL`). */
export async function startDataSetServices(engine: Record<string, string>): Promise<DataSetServices> {
  const [writePort, readPort] = [await freePort(), await freePort()];
  const write = await startService('write-api', writePort, engine);
  const read = await startService('read-api', readPort, engine);
  const stops = [write, read].map(endWhenDone);
  return {
    writeUrl: `http://127.0.0.1:${writePort}`,
    readUrl: `http://127.0.0.1:${readPort}`,
    adminToken: ADMIN_TOKEN,
    mostMemory: async () => ({ write: await mostMemoryOf(write), read: await mostMemoryOf(read) }),
    stop: async () => {
      for (const stop of stops) await stop();
    },
  };
}

/** Creates a published data set and answers the headers of its writers. */
export async function createBenchDataSet(
  { writeUrl, adminToken }: DataSetServices,
  type: string,
): Promise<Record<string, string>> {
  const headers = { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' };
  const body = JSON.stringify({ data_group: 'bench', data_type: type, published: true });
  // the contract of POST /data-sets
  const { bearer_token: token } = JSON.parse(
    await call(`${writeUrl}/data-sets`, { method: 'POST', headers, body }),
  ) as { bearer_token: string };
  return { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
}
