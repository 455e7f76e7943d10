import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort, repositoryRoot } from '@flyloft/local';
import { endWhenDone } from './clean-up.ts';
import type { BenchPlatform } from './platform.ts';

/**
 * Another read-api of the same platform, which has answered nothing yet, for as long as `work` takes.
 * @param files Where it finds the files of cubes, and other variables.
 */
export async function withColdReplica<T>(
  { auth, origin, filesFolder, readDatabaseUrl }: BenchPlatform,
  work: (url: string) => Promise<T>,
  files: Readonly<Record<string, string>> = { FILES_FOLDER: filesFolder },
): Promise<T> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, [join(repositoryRoot, 'services/read-api/dist/server.js')], {
    env: {
      ...{ PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port), ADMIN_PORT: String(adminPort) },
      ...{ LOG_LEVEL: 'warn', DATABASE_URL: readDatabaseUrl, ...files },
      ...{ AUTH_ISSUER: origin, AUTH_JWKS_URL: `${auth.url}/.well-known/jwks.json` },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const stop = endWhenDone(child);
  try {
    const isReady = () =>
      fetch(`http://127.0.0.1:${adminPort}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    while (!(await isReady())) {
      if (child.exitCode !== null) throw new Error('The replica did not start');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return await work(`http://127.0.0.1:${port}`);
  } finally {
    await stop();
  }
}
