import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { factsDescriptor, writeFacts } from '../harness/facts-file.ts';
import {
  authorize,
  BENCH_ROWS,
  caseOfRows,
  loadToEnd,
  rowsInWords,
  startBenchPlatform,
  upload,
  watchMemory,
} from '../harness/platform.ts';
import type { CaseResult } from '../harness/report.ts';
import { secondsOf } from '../harness/statistics.ts';
import { temporaryFolder } from '../harness/temporary.ts';

/** Millions of rows more are measured once: a round takes minutes. */
const ROUNDS = BENCH_ROWS > 1_000_000 ? 1 : 3;
const BAD_CELLS = 1_000;

/** A table with a thousand bad cells, from queued to the full report, against the same table without them. */
export async function packageDirty(): Promise<CaseResult> {
  const folder = await temporaryFolder('dirty');
  const files = { dirty: join(folder, 'dirty.csv'), clean: join(folder, 'clean.csv') };
  await writeFacts(files.dirty, BENCH_ROWS, Math.floor(BENCH_ROWS / BAD_CELLS));
  await writeFacts(files.clean, BENCH_ROWS);
  const seconds = { dirty: [] as number[], clean: [] as number[] };
  let memory = 0;
  const platform = await startBenchPlatform();
  const access = await authorize(platform, 'os.datastore');
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const kind of ['dirty', 'clean'] as const) {
      const name = `${kind}-${round}`;
      const descriptorFile = join(folder, 'datapackage.json');
      await writeFile(descriptorFile, JSON.stringify(factsDescriptor(name)));
      const addresses = await upload(platform, access, name, {
        'facts.csv': files[kind],
        'datapackage.json': descriptorFile,
      });
      const mostMemory = watchMemory(platform.worker);
      const time = await secondsOf(async () => {
        const ended = await loadToEnd(platform, access, addresses['datapackage.json'] ?? '');
        const reported = kind === 'dirty' ? BAD_CELLS : 0;
        if (ended.errors_total !== reported)
          throw new Error(`${ended.errors_total} problems: ${ended.error}`);
      });
      memory = Math.max(memory, mostMemory());
      seconds[kind].push(time);
    }
  }
  return {
    case: caseOfRows('package-dirty'),
    comparisons: [
      {
        name: `full report of ${BAD_CELLS} bad cells in ${rowsInWords(BENCH_ROWS)} rows × 8 columns`,
        peer: 'load of the same table without them',
        unit: 'seconds',
        ours: seconds.dirty,
        theirs: seconds.clean,
      },
    ],
    facts: { 'most memory of the worker, MB (limit 512)': memory },
  };
}
