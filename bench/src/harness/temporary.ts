import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startPostgres } from '@flyloft/local';
import { whenDone } from './clean-up.ts';

/** A folder that is gone when the case is done. */
export async function temporaryFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `flyloft-bench-${name}-`));
  whenDone(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An empty PostgreSQL that is gone, with its data, when the case is done. */
export async function temporaryPostgres(): Promise<{ readonly url: string }> {
  const port = await freePort();
  // Its server runs as another user: it makes the folder itself.
  const dataFolder = join(tmpdir(), `flyloft-bench-postgres-${port}`);
  const starting = startPostgres({ dataFolder, port, password: 'bench' });
  whenDone(async () => {
    await starting.then(
      (server) => server.stop(),
      () => undefined,
    );
    await rm(dataFolder, { recursive: true, force: true });
  });
  const { url } = await starting;
  return { url };
}
