import { descriptorTexts, findPhrases, type WordList } from '@flyloft/common';
import type { FileAddresses, ObjectStore } from '@flyloft/object-store';
import type { JsonObject, Load, Registry } from '@flyloft/registry';
import type { SafeFetcher } from '@flyloft/safe-fetch';
import { type Engine, LoadFailure, type PackageDescriptor, parseDescriptor } from '@flyloft/warehouse';
import { type PackageFiles, packageFiles } from '../files/package-files.ts';
import { readDescriptorText } from '../files/read-text.ts';
import { openPackage } from '../files/zipped-package.ts';
import type { LiveAttempt } from './attempt.ts';
import { checkForeignKeys, modelTables, prepareTables, type TableWork, writeTables } from './load-tables.ts';
import { type StagedPackage, stageResources } from './stage-resources.ts';

export interface LoaderDependencies {
  readonly registry: Registry;
  readonly store: ObjectStore;
  readonly addresses: FileAddresses;
  readonly engine: Engine;
  /** Fetches what lies elsewhere. */
  readonly fetcher: Pick<SafeFetcher, 'download'>;
  readonly maxFetchBytes: number;
  readonly maxTableBytes: number;
  readonly maxTableRows: number;
}

/** The load must wait for an earlier one of its package; meanwhile others may have its worker. */
export class NotItsTurn extends Error {
  constructor(packageId: string) {
    super(`another load of ${packageId} is at work`);
    this.name = 'NotItsTurn';
  }
}

/** The descriptor as it is published: as it was read, with its owner and how many rows there are (packages.md 3.5, A6). */
function counted(text: string, owner: string, staged: StagedPackage, rows: readonly number[]): JsonObject {
  // parseDescriptor has seen that it is an object with a list of resources
  const json = JSON.parse(text.replace(/^\uFEFF/, '')) as { resources: JsonObject[] } & JsonObject;
  const byDescriptor = new Map(staged.resources.map((resource, index) => [resource.name, rows[index]]));
  const resources = json.resources.map((resource, index) => {
    const count = byDescriptor.get(String(resource.name ?? `resource-${index + 1}`));
    return count === undefined ? resource : { ...resource, count_of_rows: count };
  });
  return { ...json, owner, resources, count_of_rows: rows.reduce((sum, count) => sum + count, 0) };
}

/** POST `/packages` looks at what was uploaded, too; this sees every package, whoever asked for it and wherever it lies. */
function refuseWords(text: string, words: WordList): void {
  const texts = Object.entries(descriptorTexts(JSON.parse(text.replace(/^\uFEFF/, ''))));
  const found = texts.flatMap(([pointer, value]) =>
    findPhrases(value, words).map(
      ({ phrase, position }) => `"${phrase}" at position ${position} of ${pointer}`,
    ),
  );
  if (found.length === 0) return;
  throw new LoadFailure(
    'words_not_allowed',
    `Texts of the package hold what is not allowed here: ${found.join(', ')}.`,
  );
}

function ownerWarnings(descriptor: PackageDescriptor, owner: string): string[] {
  if (descriptor.owner === undefined || descriptor.owner === owner) return [];
  return [`The descriptor names another owner, ${JSON.stringify(descriptor.owner)}: the package is yours.`];
}

/**
 * Takes one load through its statuses (packages.md A2, order A), from `initializing` to `done`.
 * @throws {LoadFailure} for what the package is to blame for; {NotItsTurn}; {StaleAttemptError}; whatever
 * else goes wrong.
 */
export async function performLoad(
  dependencies: LoaderDependencies,
  load: Load,
  attempt: LiveAttempt,
  folder: string,
): Promise<void> {
  const { maxTableBytes: maxBytes } = dependencies;
  await attempt.enter('loading-datapackage');
  const place = packageFiles({ ...dependencies, owner: load.requestedBy, folder }, load.datapackage);
  const files = await openPackage(place, { folder, maxBytes, signal: attempt.signal });
  try {
    await loadPackage(dependencies, load, attempt, { files, folder });
  } finally {
    files.close();
  }
}

async function loadPackage(
  { registry, store, engine, maxTableBytes, maxTableRows }: LoaderDependencies,
  load: Load,
  attempt: LiveAttempt,
  { files, folder }: { readonly files: PackageFiles; readonly folder: string },
): Promise<void> {
  const owner = load.requestedBy;
  const { signal } = attempt;
  const descriptorText = await readDescriptorText(files.descriptor, signal);

  await attempt.enter('validating-datapackage');
  const descriptor = parseDescriptor(descriptorText);
  refuseWords(descriptorText, await registry.wordList());
  const packageId = `${owner}:${descriptor.name}`;
  if (!(await registry.claimPackage(attempt.id, packageId))) throw new NotItsTurn(packageId);

  attempt.warn(ownerWarnings(descriptor, owner));

  await attempt.enter('loading-resource');
  const staged = await stageResources({
    ...{ files, descriptor, descriptorText, folder, signal },
    maxBytes: maxTableBytes,
  });
  attempt.warn(staged.warnings);
  const before = await registry.findPackage(packageId);
  if (before?.loaded && before.contentHash === staged.contentHash && !load.force) {
    await registry.finishUnchanged(attempt.id);
    return;
  }
  // The files of the earlier load stay until this one is published and its readers are done.
  if (before?.loaded) await attempt.enter('deleting-table');

  const work: TableWork = {
    ...{ engine, store, attempt, packageId, folder, descriptor },
    maxRows: maxTableRows,
  };
  await attempt.enter('creating-table', { bytes: staged.bytes });
  const tables = await prepareTables(work, staged.resources);
  const rowsTotal = tables.reduce((sum, { prepared }) => sum + prepared.table.rows, 0);
  await attempt.enter('loading-data-ready', { rowsTotal });
  await attempt.enter('loading-data');
  const rows = await writeTables(work, tables);
  attempt.warn(await checkForeignKeys(work, tables));
  await attempt.enter('creating-babbage-model');
  const cubes = await modelTables(work, tables, rows);
  await attempt.enter('saving-metadata');
  const [main] = cubes;
  if (main === undefined) throw new Error('a package without a cube');
  await registry.publish(attempt.id, {
    packageId,
    descriptor: counted(descriptorText, owner, staged, rows),
    model: main.model,
    cubes,
    contentHash: staged.contentHash,
    rows: rowsTotal,
    warnings: attempt.warnings,
  });
}
