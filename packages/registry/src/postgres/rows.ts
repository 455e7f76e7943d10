import type { LoadProblem, LoadStatus } from '@flyloft/common';
import type { Load as LoadRow, Package as PackageRow } from '../generated/prisma/client.ts';
import type { Load, LoadPhase } from '../loads/load.ts';
import type { Cube, JsonObject, RegisteredPackage } from '../packages/published-package.ts';

// The casts in this file are on columns that only this package writes, in exactly these shapes.

interface PhaseRow {
  readonly status: LoadStatus;
  readonly started_at: string;
}

function toPhases(json: unknown): LoadPhase[] {
  return (json as PhaseRow[]).map(({ status, started_at }) => ({ status, startedAt: new Date(started_at) }));
}

export function toLoad(row: LoadRow): Load {
  return {
    id: row.id,
    address: row.address,
    datapackage: row.datapackage,
    requestedBy: row.requestedBy,
    packageId: row.packageId ?? undefined,
    force: row.force,
    private: row.private ?? undefined,
    status: row.status as LoadStatus,
    rows: Number(row.rows),
    rowsTotal: row.rowsTotal === null ? undefined : Number(row.rowsTotal),
    bytes: row.bytes === null ? undefined : Number(row.bytes),
    phases: toPhases(row.phases),
    error: row.error ?? undefined,
    code: row.code ?? undefined,
    problems: row.problems as unknown as LoadProblem[],
    problemsTotal: row.problemsTotal,
    warnings: row.warnings,
    attempt: row.attempt,
    unchanged: row.unchanged,
    createdAt: row.createdAt,
    enqueuedAt: row.enqueuedAt ?? undefined,
    startedAt: row.startedAt ?? undefined,
    heartbeatAt: row.heartbeatAt ?? undefined,
    finishedAt: row.finishedAt ?? undefined,
    packageDeletedAt: row.packageDeletedAt ?? undefined,
  };
}

/** What `toPackage` needs of a row. */
export type PublishedRow = Omit<PackageRow, 'countOfRows'>;

export function toPackage(row: PublishedRow): RegisteredPackage {
  return {
    id: row.id,
    owner: row.owner,
    name: row.name,
    descriptor: {
      ...(row.descriptor as JsonObject),
      owner: row.owner,
      private: row.private,
      ...(row.defaultParams === null ? {} : { defaultParams: row.defaultParams }),
    },
    model: (row.model as JsonObject | null) ?? undefined,
    originUrl: row.originUrl,
    author: row.author ?? undefined,
    private: row.private,
    hidden: row.hidden,
    loaded: row.loaded,
    loadingStatus: row.loadingStatus as LoadStatus,
    loadingError: row.loadingError ?? undefined,
    lastUpdate: row.lastUpdate,
    currentLoadId: row.currentLoadId ?? undefined,
    cubes: row.cubes as unknown as Cube[],
    contentHash: row.contentHash ?? undefined,
    version: row.version,
  };
}
