import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Access,
  accessTo,
  bearer,
  type LargeFile,
  newPerson,
  platform,
  request,
  smallPackage,
  startLoad,
  tellProgress,
  uploadPackage,
  waitForLoad,
} from './platform.ts';

const LIMIT_MEGABYTES = 512;
const NAME = 'a-large-package';
const MEGABYTE = 1024 ** 2;

/** `npm run soak -- packages` asks for 2 GB (reliability.md E7). */
const BYTES = Number(process.env.SOAK_PACKAGE_BYTES ?? 50 * MEGABYTE);

/** A thousand rows, again and again: the amounts of each thousand add up to 499,750. */
const THOUSAND = Array.from(
  { length: 1_000 },
  (_, row) =>
    `${2000 + (row % 20)},${row % 500},"Function ${row % 500}, with a long name",${row % 1000}.25\n`,
).join('');
const THOUSANDS = Math.ceil(BYTES / THOUSAND.length);
const ROWS = THOUSANDS * 1_000;
const SUM = THOUSANDS * 499_750;

let access: Access;
let folder: string;

beforeAll(async () => {
  access = await accessTo('os.datastore', (await newPerson()).token);
  folder = await mkdtemp(join(tmpdir(), 'flyloft-large-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeRows(header: string): Promise<LargeFile> {
  const path = join(folder, 'rows.csv');
  const stream = createWriteStream(path);
  const hash = createHash('md5');
  for (const text of [header, ...Array.from({ length: THOUSANDS }, () => THOUSAND)]) {
    hash.update(text);
    if (!stream.write(text)) await once(stream, 'drain');
  }
  stream.end();
  await once(stream, 'finish');
  return { path, length: (await stat(path)).size, md5: hash.digest('base64') };
}

async function memoryOf(adminUrl: string): Promise<number> {
  const metrics = (await request(`${adminUrl}/metrics`)).text;
  return Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)?.[1] ?? 0) / MEGABYTE;
}

/** The admin port of a service is its port and a hundred. */
function adminUrlOf(url: string): string {
  const admin = new URL(url);
  admin.port = String(Number(admin.port) + 100);
  return admin.origin;
}

/** Bytes of all files of the platform, those with several names once. */
async function diskInUse(): Promise<number> {
  const files = new Map<number, number>();
  const paths = await readdir(dirname(process.env.FLYLOFT_PLATFORM ?? ''), {
    recursive: true,
    withFileTypes: true,
  });
  for (const entry of paths) {
    if (!entry.isFile() || entry.parentPath.includes('postgres')) continue;
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    if (found) files.set(found.ino, found.size);
  }
  return [...files.values()].reduce((sum, size) => sum + size, 0) / MEGABYTE;
}

/** Looks again and again until it is stopped; answers the most that was seen. */
function watchMost(look: () => Promise<number>, everyMilliseconds = 50): () => Promise<number> {
  let watching = true;
  const watched = (async () => {
    let most = 0;
    while (watching) {
      most = Math.max(most, await look());
      await new Promise((resolve) => setTimeout(resolve, everyMilliseconds));
    }
    return Math.round(most);
  })();
  return () => {
    watching = false;
    return watched;
  };
}

describe(`a package of ${Math.round(BYTES / MEGABYTE)} MB`, () => {
  it(
    `E7: with 256 MB of heap, keeps conductor and worker below ${LIMIT_MEGABYTES} MB, the disk below twice its size, and loses no row`,
    async () => {
      const [header = '', files] = ['year,code,label,amount\n', smallPackage(NAME, '')];
      const large = await writeRows(header);
      tellProgress(`${ROWS} rows are written`);
      const before = await diskInUse();
      const watches = {
        conductor: watchMost(() => memoryOf(adminUrlOf(platform.conductor.url))),
        worker: watchMost(() => memoryOf(platform.worker.adminUrl)),
        disk: watchMost(diskInUse, 500),
      };
      const descriptor = await uploadPackage(access, NAME, { ...files, 'spending.csv': large });
      tellProgress('uploaded');
      await startLoad(access, descriptor);
      expect(await waitForLoad(descriptor)).toMatchObject({ status: 'done', progress: ROWS });
      const most = {
        conductor: await watches.conductor(),
        worker: await watches.worker(),
        disk: (await watches.disk()) - before,
      };
      tellProgress(`loaded; at most, in MB: ${JSON.stringify(most)}`);
      for (const memory of [most.conductor, most.worker]) {
        expect(memory).toBeGreaterThan(0);
        expect(memory).toBeLessThan(LIMIT_MEGABYTES);
      }
      expect(most.disk).toBeLessThan((2 * large.length) / MEGABYTE);
      const cube = `/api/3/cubes/${access.userid}:${NAME}/aggregate?aggregates=amount.sum|_count`;
      const { summary } = (await request(cube, { headers: bearer(access.token) })).json();
      expect(summary).toEqual({ 'amount.sum': SUM, _count: ROWS });
    },
    180_000 + BYTES / 1_000,
  );
});
