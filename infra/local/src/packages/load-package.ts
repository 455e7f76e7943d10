import { ExpectedError } from '../platform/expected-error.ts';
import { barOf, type Screen } from '../screen/progress-bar.ts';
import { followLoad, type PackageAccess, requestLoad } from './follow-load.ts';
import type { LoadAnswer } from './load-answer.ts';
import { openPackageFolder } from './package-folder.ts';
import { uploadPackage } from './upload-package.ts';

export interface LoadOptions {
  readonly force: boolean;
  readonly public: boolean;
  /** Whose the package becomes; default: the token's. */
  readonly owner?: string;
  /** What to say before each line, such as which package it is. */
  readonly label?: string;
  /** Told its id once the load is the platform's. */
  readonly onQueued?: (id: string) => void;
}

/** A load that has ended, and where its cube is when it is done. */
export interface LoadOutcome {
  readonly load: LoadAnswer;
  readonly cube: string | undefined;
}

/** A number of rows, in words. */
export const counted = (rows: number) => `${rows.toLocaleString('en-GB')} row${rows === 1 ? '' : 's'}`;

/**
 * A bar on a terminal; elsewhere a line for each status, and for each tenth of the rows. One package of many
 * (with a label) is told of when it has ended.
 */
function progressTeller(screen: Screen, label: string) {
  let told = 0;
  let tenth = 0;
  return (load: LoadAnswer): void => {
    const fraction = load.rows_total ? load.progress / load.rows_total : 0;
    if (screen.isTerminal) {
      screen.passing(`  ${label}${barOf(fraction)}  ${load.status}  ${counted(load.progress)}`);
      return;
    }
    if (label !== '') return;
    for (const { status } of load.phases.slice(told)) {
      screen.lasting(`  ${status}${status === 'done' ? `  ${counted(load.progress)}` : ''}`);
      told += 1;
    }
    if (Math.floor(fraction * 10) > tenth && load.status === 'loading-data') {
      tenth = Math.floor(fraction * 10);
      screen.lasting(`  ${load.status}  ${counted(load.progress)} of ${load.rows_total}`);
    }
  };
}

async function publish({ client, token }: PackageAccess, id: string): Promise<void> {
  const parameters = new URLSearchParams({ id, publish: 'true', jwt: await token() });
  await client.call(`/package/publish?${parameters}`, { method: 'POST' });
}

/**
 * Loads a package and follows it to its end.
 * @param subject A folder, or the address of a descriptor.
 * @throws {ExpectedError} for what keeps the load from beginning.
 */
export async function loadPackage(
  access: PackageAccess,
  subject: string,
  screen: Screen,
  options: LoadOptions,
): Promise<LoadOutcome> {
  const { force, owner = access.userid, label = '', onQueued } = options;
  let datapackage = subject;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(subject) && !/^https?:/i.test(subject)) {
    throw new ExpectedError(`${subject} is not loaded: addresses begin with https:// or http://`);
  }
  if (!/^https?:\/\//i.test(subject)) {
    const folder = await openPackageFolder(subject);
    screen.passing(`  ${label}uploading ${folder.files.length} files`);
    const target = { client: access.client, token: await access.token(), owner };
    datapackage = await uploadPackage(target, folder);
  }
  const id = await requestLoad(access, { datapackage, force });
  onQueued?.(id);
  const load = await followLoad(access, id, progressTeller(screen, label));
  if (load.status !== 'done' || load.package === null) return { load, cube: undefined };
  if (options.public) await publish(access, load.package);
  return { load, cube: `${access.client.origin}/api/3/cubes/${load.package}/model` };
}
