import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedError } from '../platform/expected-error.ts';
import { repositoryRoot } from '../platform/repository-root.ts';
import { formatTable, formatWhole } from '../screen/table.ts';
import type { PlatformClient, ServiceAccess } from './platform-client.ts';

const NAME = 'boost-moldova';
const FOLDER = join(repositoryRoot, 'samples', NAME);
// Data files first, the descriptor last, as the packager of OpenSpending does.
const FILES = ['data/boost-moldova-2014.csv', 'datapackage.json'];
const DESCRIPTOR = 'datapackage.json';
const POLL_MILLISECONDS = 100;

interface SignedUpload {
  readonly upload_url: string;
  readonly upload_query: Readonly<Record<string, readonly string[]>>;
}

interface Load {
  readonly status: string;
  readonly progress: number;
  readonly error: string | null;
  readonly phases: readonly { readonly status: string; readonly seconds: number | null }[];
}

function describeFile(path: string, content: Buffer) {
  const md5 = createHash('md5').update(content).digest('base64');
  return { name: path.split('/').at(-1), md5, length: content.length, type: 'application/octet-stream' };
}

/** Uploads the package by signed addresses; answers the address of its descriptor. */
async function uploadFiles(client: PlatformClient, { token, userid }: ServiceAccess): Promise<string> {
  const contents = new Map<string, Buffer<ArrayBuffer>>();
  for (const path of FILES) contents.set(path, await readFile(join(FOLDER, path)));
  const filedata = Object.fromEntries(
    [...contents].map(([path, content]) => [path, describeFile(path, content)]),
  );
  const answer = await client.call('/datastore/', {
    method: 'POST',
    headers: { 'Auth-Token': token, 'Content-Type': 'application/json' },
    body: JSON.stringify({ metadata: { owner: userid, name: NAME }, filedata }),
  });
  // the contract of /datastore/authorize (packages.md section 2)
  const signed = (JSON.parse(answer) as { filedata: Record<string, SignedUpload> }).filedata;
  for (const [path, content] of contents) {
    const upload = signed[path];
    if (upload === undefined) throw new ExpectedError(`No signed address came back for ${path}`);
    const url = new URL(upload.upload_url);
    for (const [key, [value = '']] of Object.entries(upload.upload_query)) url.searchParams.set(key, value);
    const { md5, type } = describeFile(path, content);
    await client.call(url.href, {
      method: 'PUT',
      headers: { 'Content-MD5': md5, 'Content-Type': type },
      body: content,
    });
  }
  return signed[DESCRIPTOR]?.upload_url ?? '';
}

/** Follows a load, telling each status as it passes; a quick one is told from the load's own record. */
async function followLoad(client: PlatformClient, id: string, token: string, tell: (line: string) => void) {
  let told = 0;
  for (;;) {
    // the load body of packages.md A6
    const load = JSON.parse(
      await client.call(`/loads/${id}`, { headers: { Authorization: `Bearer ${token}` } }),
    ) as Load;
    for (const phase of load.phases.slice(told)) {
      const rows =
        phase.status === 'loading-data' || phase.status === 'done' ? `  ${load.progress} rows` : '';
      tell(`    ${phase.status}${rows}`);
      told += 1;
    }
    if (load.status === 'done') return;
    if (load.status === 'fail')
      throw new ExpectedError(`The load failed: ${load.error ?? 'no reason given'}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
}

async function isLoaded(client: PlatformClient, id: string, token: string): Promise<boolean> {
  return client.call(`/api/3/cubes/${id}/model`, { headers: { Authorization: `Bearer ${token}` } }).then(
    () => true,
    () => false,
  );
}

/**
 * Loads the sample package, queued to done, and makes it public; answers its cube's id.
 * @throws {ExpectedError} when the load does not reach `done`.
 */
export async function loadMoldova(client: PlatformClient, tell: (line: string) => void): Promise<string> {
  const access = await client.authorize('os.datastore');
  const id = `${access.userid}:${NAME}`;
  if (await isLoaded(client, id, access.token)) {
    tell('    already loaded');
    return id;
  }
  const descriptor = await uploadFiles(client, access);
  const parameters = new URLSearchParams({ datapackage: descriptor, jwt: access.token });
  // the contract of /package/upload, with part A's key `load`
  const answer = JSON.parse(await client.call(`/package/upload?${parameters}`, { method: 'POST' })) as {
    status: string;
    error?: string;
    load?: string;
  };
  if (answer.load === undefined)
    throw new ExpectedError(`The load was not queued: ${answer.error ?? answer.status}`);
  await followLoad(client, answer.load, access.token, tell);
  const publish = new URLSearchParams({ id, publish: 'true', jwt: access.token });
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
