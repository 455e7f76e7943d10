import { randomUUID } from 'node:crypto';
import type { LoadReport } from '@flyloft/common';
import { type Engine, LoadFailure, parseDescriptor } from '@flyloft/warehouse';
import type { PackageFiles } from '../files/package-files.ts';
import { readDescriptorText } from '../files/read-text.ts';
import { checkForeignKeys, modelTables, prepareTables, type TableWork, writeTables } from './load-tables.ts';
import { stageResources } from './stage-resources.ts';

export interface Examination {
  readonly engine: Engine;
  readonly files: PackageFiles;
  /** Where files of the work are put, and left. */
  readonly folder: string;
  readonly maxTableBytes: number;
}

const PROBLEMS_SHOWN = 100;

async function examine(
  { engine, files, folder, maxTableBytes }: Examination,
  warnings: string[],
): Promise<LoadReport> {
  const { signal } = new AbortController();
  const descriptorText = await readDescriptorText(files.descriptor, signal);
  const descriptor = parseDescriptor(descriptorText);
  const staged = await stageResources({
    ...{ files, descriptor, descriptorText, folder, signal },
    maxBytes: maxTableBytes,
  });
  // Everything that a load does, but for keeping any of it.
  const work: TableWork = {
    ...{ engine, folder, descriptor },
    packageId: `examined:${descriptor.name}`,
    maxRows: Number.POSITIVE_INFINITY,
    store: { put: async (_key, content) => content.destroy() },
    attempt: {
      ...{ id: { loadId: randomUUID(), attempt: 1 }, signal },
      report: () => undefined,
      settle: async () => undefined,
      warn: (more) => void warnings.push(...more),
    },
  };
  warnings.push(...staged.warnings);
  const tables = await prepareTables(work, staged.resources);
  const rows = await writeTables(work, tables);
  warnings.push(...(await checkForeignKeys(work, tables)));
  await modelTables(work, tables, rows);
  const total = rows.reduce((sum, count) => sum + count, 0);
  return {
    ...{ status: 'valid', progress: total, rows_total: total, error: null, code: null },
    ...{ errors: [], errors_total: 0, warnings },
  };
}

/** Reads a package as a load does, and loads nothing. */
export async function examinePackage(examination: Examination): Promise<LoadReport> {
  const warnings: string[] = [];
  try {
    return await examine(examination, warnings);
  } catch (error) {
    if (!(error instanceof LoadFailure)) throw error;
    const { message, code, problems, total } = error;
    return {
      ...{ status: 'fail', progress: 0, rows_total: null, error: message, code },
      ...{ errors: problems.slice(0, PROBLEMS_SHOWN), errors_total: total, warnings },
    };
  }
}
