import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Access,
  accessTo,
  bearer,
  newPerson,
  platform,
  request,
  smallPackage,
  startLoad,
  uploadPackage,
  waitForLoad,
} from './platform.ts';

const ROWS = 1_000_000;
const LIMIT_MEGABYTES = 512;
const NAME = 'a-million-rows';

let access: Access;

beforeAll(async () => {
  access = await accessTo('os.datastore', (await newPerson()).token);
});

/** A million facts of some 60 bytes; the amounts add up to a sum that is known beforehand. */
function manyRows(): string {
  const lines = Array.from(
    { length: ROWS },
    (_, row) =>
      `${2000 + (row % 20)},${row % 500},"Function ${row % 500}, with a long name",${row % 1000}.25`,
  );
  return `${lines.join('\n')}\n`;
}

/** Looks at the worker's memory again and again until it is stopped; answers the most that was seen. */
function watchWorkerMemory(): () => Promise<number> {
  let watching = true;
  const watched = (async () => {
    let most = 0;
    while (watching) {
      const metrics = (await request(`${platform.worker.adminUrl}/metrics`)).text;
      most = Math.max(most, Number(/^process_resident_memory_bytes\S* (\S+)$/m.exec(metrics)?.[1] ?? 0));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return most / 1024 ** 2;
  })();
  return () => {
    watching = false;
    return watched;
  };
}

describe('a load of a million rows', () => {
  it(`keeps the worker below ${LIMIT_MEGABYTES} MB and loses no row`, async () => {
    const descriptor = await uploadPackage(access, NAME, smallPackage(NAME, manyRows()));
    const mostMemory = watchWorkerMemory();
    await startLoad(access, descriptor);
    expect(await waitForLoad(descriptor)).toMatchObject({ status: 'done', progress: ROWS });
    const most = await mostMemory();
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(LIMIT_MEGABYTES);
    const cube = `/api/3/cubes/${access.userid}:${NAME}/aggregate?aggregates=amount.sum|_count`;
    const { summary } = (await request(cube, { headers: bearer(access.token) })).json();
    expect(summary).toEqual({ 'amount.sum': 499_750_000, _count: ROWS });
  });
});
