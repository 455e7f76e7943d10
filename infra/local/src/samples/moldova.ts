import { join } from 'node:path';
import { followLoad, openPackageAccess, requestLoad } from '../packages/follow-load.ts';
import type { LoadAnswer } from '../packages/load-answer.ts';
import { openPackageFolder } from '../packages/package-folder.ts';
import { uploadPackage } from '../packages/upload-package.ts';
import { ExpectedError } from '../platform/expected-error.ts';
import type { PlatformClient } from '../platform/platform-client.ts';
import { repositoryRoot } from '../platform/repository-root.ts';
import { formatTable, formatWhole } from '../screen/table.ts';

const NAME = 'boost-moldova';
const FOLDER = join(repositoryRoot, 'samples', NAME);

async function isLoaded(client: PlatformClient, id: string, token: string): Promise<boolean> {
  return client.call(`/api/3/cubes/${id}/model`, { headers: { Authorization: `Bearer ${token}` } }).then(
    () => true,
    () => false,
  );
}

/** Tells each status as it passes; a quick one is told from the load's own record. */
function statusTeller(tell: (line: string) => void) {
  let told = 0;
  return (load: LoadAnswer): void => {
    for (const { status } of load.phases.slice(told)) {
      const rows = status === 'loading-data' || status === 'done' ? `  ${load.progress} rows` : '';
      tell(`    ${status}${rows}`);
      told += 1;
    }
  };
}

/**
 * Loads the sample package, queued to done, and makes it public; answers its cube's id.
 * @throws {ExpectedError} when the load does not reach `done`.
 */
export async function loadMoldova(client: PlatformClient, tell: (line: string) => void): Promise<string> {
  const access = await openPackageAccess(client);
  const token = await access.token();
  const id = `${access.userid}:${NAME}`;
  if (await isLoaded(client, id, token)) {
    tell('    already loaded');
    return id;
  }
  const target = { client, token, owner: access.userid };
  const datapackage = await uploadPackage(target, await openPackageFolder(FOLDER));
  const load = await requestLoad(access, { datapackage, force: false });
  const { status, error } = await followLoad(access, load, statusTeller(tell));
  if (status !== 'done') throw new ExpectedError(`The load failed: ${error ?? 'no reason given'}`);
  const publish = new URLSearchParams({ id, publish: 'true', jwt: token });
  await client.call(`/package/publish?${publish}`, { method: 'POST' });
  return id;
}

const CODE = 'functional_classification_func1_code.func1_code';
const LABEL = 'functional_classification_func1_code.func1_label';
export const MOLDOVA_QUERY = `drilldown=functional_classification_func1_code&aggregates=executed.sum&order=executed.sum:desc&pagesize=10`;

/** The ten functions of the state on which most was executed, as a table. */
export async function moldovaTable(client: PlatformClient, id: string): Promise<string> {
  const text = await client.call(`/api/3/cubes/${id}/aggregate?${MOLDOVA_QUERY}`);
  // Sums have more digits than a double keeps: take them from the text, as strings.
  const exact = text.replaceAll(/("executed\.sum":\s*)(-?\d+(?:\.\d+)?)/g, '$1"$2"');
  const { cells } = JSON.parse(exact) as { cells: Record<string, string>[] };
  if (cells.length === 0) throw new ExpectedError('The aggregate query answered no cells');
  return formatTable(
    [
      { heading: 'code', align: 'left' },
      { heading: 'function of the state', align: 'left' },
      { heading: 'executed, MDL', align: 'right' },
    ],
    cells.map((cell) => [cell[CODE] ?? '', cell[LABEL] ?? '', formatWhole(cell['executed.sum'] ?? '0')]),
  );
}
