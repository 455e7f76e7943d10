import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadReport } from '@flyloft/common';
import { createSafeFetcher } from '@flyloft/safe-fetch';
import { createDuckDbEngine } from '@flyloft/warehouse';
import { folderFiles } from '../files/folder-files.ts';
import { examinePackage } from '../loads/examine-package.ts';

const MAX_BYTES = 20 * 1024 ** 3;

/** Says what a load of the package in a folder would, for `npm run packages -- validate`. */
export async function validatePackage(packageFolder: string): Promise<LoadReport> {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-validate-'));
  const fetcher = createSafeFetcher({ policy: { ports: [80, 443], openHosts: [] } });
  const engine = await createDuckDbEngine({
    ...{ folders: [folder], temporaryFolder: join(folder, 'spilled') },
    ...{ memoryMegabytes: 200, threads: 2 },
  });
  try {
    const files = folderFiles({ fetcher, folder, maxFetchBytes: MAX_BYTES }, packageFolder);
    return await examinePackage({ engine, files, folder, maxTableBytes: MAX_BYTES });
  } finally {
    engine.close();
    await fetcher.close();
    await rm(folder, { recursive: true, force: true });
  }
}
