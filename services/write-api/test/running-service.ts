import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createMongoDataSets, createPostgresDataSets, type DataSets } from '@flyloft/data-sets';
import { createTestDatabase, describeWith, testMongoUrl } from '@flyloft/testing';

const SERVER = fileURLToPath(new URL('../dist/server.js', import.meta.url));

/** The built service as a process of its own; answers its port once it listens. */
export async function startService(
  engine: Record<string, string>,
): Promise<{ process: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [SERVER], {
    env: {
      PATH: process.env.PATH ?? '',
      PORT: '0',
      ADMIN_PORT: '0',
      ...engine,
      AUTH_ISSUER: 'http://127.0.0.1:1',
      AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks.json',
      // There is no auth to be asked.
      AUTH_REVOCATIONS_URL: 'off',
      AUTH_MODERATION_URL: 'off',
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

interface OpenedEngine {
  readonly variables: Record<string, string>;
  readonly dataSets: DataSets;
  readonly drop: () => Promise<void>;
}

const mongoUrl = testMongoUrl();

/** Both engines, with the variables by which a service of its own finds them. */
export const OPEN_ENGINES = [
  {
    name: 'PostgreSQL',
    describe: describeWith('always'),
    open: async (): Promise<OpenedEngine> => {
      const { url, drop } = await createTestDatabase();
      const dataSets = createPostgresDataSets({ connectionString: url });
      return { variables: { DATABASE_URL: url }, dataSets, drop };
    },
  },
  {
    name: 'MongoDB',
    describe: describeWith(mongoUrl),
    open: async (): Promise<OpenedEngine> => {
      const url = mongoUrl ?? '';
      const dataSets = createMongoDataSets({ url });
      return { variables: { MONGO_URL: url }, dataSets, drop: async () => {} };
    },
  },
];
