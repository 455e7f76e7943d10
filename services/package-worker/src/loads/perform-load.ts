import { setTimeout as delay } from 'node:timers/promises';
import type { FileAddresses, ObjectStore } from '@flyloft/object-store';
import type { JsonObject, Load, Registry } from '@flyloft/registry';
import type { SafeFetcher } from '@flyloft/safe-fetch';
import { type Engine, parseDescriptor } from '@flyloft/warehouse';
import { packageFiles } from '../files/package-files.ts';
import { readDescriptorText } from '../files/read-text.ts';
import type { LiveAttempt } from './attempt.ts';
import { modelTables, prepareTables, type TableWork, writeTables } from './load-tables.ts';
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
}

/** How soon a load that waits for an earlier one of its package asks again. */
const CLAIM_MILLISECONDS = 200;

async function claim(registry: Registry, attempt: LiveAttempt, packageId: string): Promise<void> {
  while (!(await registry.claimPackage(attempt.id, packageId))) {
    await delay(CLAIM_MILLISECONDS, undefined, { signal: attempt.signal });
  }
}

/** The descriptor as it is published: as it was read, and how many rows there are (packages.md 3.5). */
function counted(text: string, staged: StagedPackage, rows: readonly number[]): JsonObject {
  // parseDescriptor has seen that it is an object with a list of resources
  const json = JSON.parse(text.replace(/^\uFEFF/, '')) as { resources: JsonObject[] } & JsonObject;
  const byDescriptor = new Map(staged.resources.map((resource, index) => [resource.name, rows[index]]));
  const resources = json.resources.map((resource, index) => {
    const count = byDescriptor.get(String(resource.name ?? `resource-${index + 1}`));
    return count === undefined ? resource : { ...resource, count_of_rows: count };
  });
  return { ...json, resources, count_of_rows: rows.reduce((sum, count) => sum + count, 0) };
}

/**
 * Takes one load through its statuses (packages.md A2, order A), from `initializing` to `done`.
 * @throws {LoadFailure} for what the package is to blame for; {StaleAttemptError}; whatever else goes wrong.
 */
export async function performLoad(
  dependencies: LoaderDependencies,
  load: Load,
  attempt: LiveAttempt,
  folder: string,
): Promise<void> {
  const { registry, store, engine, maxTableBytes } = dependencies;
  const owner = load.requestedBy;
  await attempt.enter('loading-datapackage');
  const { signal } = attempt;
  const files = packageFiles({ ...dependencies, owner, folder }, load.datapackage);
  const descriptorText = await readDescriptorText(files.descriptor, signal);

  await attempt.enter('validating-datapackage');
  const descriptor = parseDescriptor(descriptorText);
  const packageId = `${owner}:${descriptor.name}`;
  await claim(registry, attempt, packageId);

  await attempt.enter('loading-resource');
  const staged = await stageResources({
    ...{ files, descriptor, descriptorText, folder, signal },
    maxBytes: maxTableBytes,
  });
  const before = await registry.findPackage(packageId);
  if (before?.loaded && before.contentHash === staged.contentHash && !load.force) {
    await registry.finishUnchanged(attempt.id);
    return;
  }
  // The files of the earlier load stay until this one is published and its readers are done.
  if (before?.loaded) await attempt.enter('deleting-table');

  const work: TableWork = { engine, store, attempt, packageId, folder, descriptor };
  await attempt.enter('creating-table', { bytes: staged.bytes });
  const tables = await prepareTables(work, staged.resources);
  const rowsTotal = tables.reduce((sum, { prepared }) => sum + prepared.table.rows, 0);
  await attempt.enter('loading-data-ready', { rowsTotal });
  await attempt.enter('loading-data');
  const rows = await writeTables(work, tables);
  await attempt.enter('creating-babbage-model');
  const cubes = await modelTables(work, tables, rows);
  await attempt.enter('saving-metadata');
  const [main] = cubes;
  if (main === undefined) throw new Error('a package without a cube');
  await registry.publish(attempt.id, {
    packageId,
    descriptor: counted(descriptorText, staged, rows),
    model: main.model,
    cubes,
    contentHash: staged.contentHash,
    rows: rowsTotal,
    warnings: [...staged.warnings, ...tables.flatMap(({ prepared }) => prepared.warnings)],
  });
}
