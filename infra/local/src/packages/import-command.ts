import { resolve } from 'node:path';
import { ExpectedError } from '../platform/expected-error.ts';
import { createScreen, type Screen } from '../screen/progress-bar.ts';
import { findPackages, fingerprintOf, type StoredPackage } from './find-packages.ts';
import { openPackageAccess, type PackageAccess } from './follow-load.ts';
import {
  type ImportEntry,
  type ImportProgress,
  openImportProgress,
  progressPath,
} from './import-progress.ts';
import { goesOn, type Interruption, watchInterruption } from './interruption.ts';
import { counted, loadPackage } from './load-package.ts';
import { openPlatform } from './open-platform.ts';
import type { Arguments } from './read-arguments.ts';
import { reportLines } from './show-report.ts';

interface ImportWork {
  readonly given: Arguments;
  readonly access: PackageAccess;
  readonly progress: ImportProgress;
  readonly screen: Screen;
  readonly interruption: Interruption;
}

const RESUME = 'Run the same command again to go on.';

const INDENT = '  ';

/** Codes of refusals that are the platform's fault or somebody's wish: worth another try. */
const TRY_AGAIN = new Set(['internal', 'lost', 'cancelled', 'unreachable', 'out_of_memory', 'disk_full']);

/** What becomes of one package. @throws {ExpectedError} when the platform is away. */
async function importPackage(work: ImportWork, stored: StoredPackage, label: string): Promise<ImportEntry> {
  const { access, screen, given } = work;
  const fingerprint = await fingerprintOf(stored);
  const options = {
    ...{ force: given.force, public: given.public, label },
    ...(given.mine ? {} : { owner: stored.owner }),
    onQueued: (id: string) =>
      work.interruption.say(`${stored.name}: ${goesOn(access.client.origin, id)}\n${RESUME}`),
  };
  try {
    const { load, cube } = await loadPackage(access, stored.folder, screen, options);
    if (cube !== undefined) return { fingerprint, outcome: 'done', rows: load.progress };
    for (const line of reportLines(load, screen.width - INDENT.length)) {
      screen.lasting(line === '' ? '' : `${INDENT}${line}`);
    }
    return { fingerprint, outcome: 'refused', reason: load.error ?? '', code: load.code ?? 'failed' };
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    // A refusal is of this package; a platform that is away is the end of all.
    await access.client.call('/livez');
    screen.lasting(`  ✗ ${stored.name}: ${error.message}`);
    return { fingerprint, outcome: 'refused', reason: error.message, code: 'refused' };
  }
}

function isSettled(entry: ImportEntry | undefined, fingerprint: string): boolean {
  return entry?.fingerprint === fingerprint && (entry.outcome === 'done' || !TRY_AGAIN.has(entry.code ?? ''));
}

interface Summary {
  readonly done: string[];
  readonly before: string[];
  readonly refused: { readonly package: string; readonly code: string; readonly reason: string }[];
}

async function importAll(work: ImportWork, packages: readonly StoredPackage[]): Promise<Summary> {
  const summary: Summary = { done: [], before: [], refused: [] };
  const { progress, screen, given } = work;
  for (const [index, stored] of packages.entries()) {
    const { name } = stored;
    const label = `${index + 1}/${packages.length} ${name}  `;
    let entry = progress.entryOf(name);
    const isBefore = !given.force && isSettled(entry, await fingerprintOf(stored));
    if (!isBefore || entry === undefined) {
      entry = await importPackage(work, stored, label);
      await progress.keep(name, entry);
      work.interruption.say(RESUME);
    }
    if (entry.outcome === 'refused') {
      summary.refused.push({ package: name, code: entry.code ?? '', reason: entry.reason ?? '' });
    } else (isBefore ? summary.before : summary.done).push(name);
    const mark = entry.outcome === 'done' ? '✓' : '✗';
    const what = entry.outcome === 'done' ? counted(entry.rows ?? 0) : `refused (${entry.code})`;
    screen.lasting(`${mark} ${label}${what}${isBefore ? ', before' : ''}`);
  }
  return summary;
}

/** `import DIR`; answers the exit status. */
export async function importCommand(given: Arguments): Promise<number> {
  const screen = createScreen(given.json ? process.stderr : process.stdout);
  const interruption = watchInterruption(screen, RESUME);
  const root = resolve(given.subject);
  const packages = await findPackages(root);
  const client = await openPlatform(given);
  const access = await openPackageAccess(client);
  const progress = await openImportProgress(given.progress ?? progressPath(root, client.origin, given.mine));
  screen.lasting(`${packages.length} packages; what is done is kept in ${progress.path}`);
  const summary = await importAll({ given, access, progress, screen, interruption }, packages);
  const { done, before, refused } = summary;
  if (given.json) process.stdout.write(`${JSON.stringify(summary, undefined, 2)}\n`);
  if (refused.length > 0) {
    screen.lasting('\nRefused:');
    for (const { package: name, code, reason } of refused) screen.lasting(`  ${name} (${code}): ${reason}`);
  }
  screen.lasting(`\n${done.length} loaded, ${before.length} loaded before, ${refused.length} refused`);
  return refused.length === 0 ? 0 : 1;
}
