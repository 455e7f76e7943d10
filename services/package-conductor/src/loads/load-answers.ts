import { isCancelled, type Load } from '@flyloft/registry';
import { z } from 'zod';

/** 0..1: what the packager's progress bar wants. */
function fractionOf({ status, rows, rowsTotal }: Load): number {
  if (status === 'done') return 1;
  return rowsTotal === undefined || rowsTotal === 0 ? 0 : Math.min(rows / rowsTotal, 1);
}

export const statusSchema = z.object({
  status: z.string(),
  progress: z.int().describe('Rows loaded so far'),
  error: z.string().optional(),
  code: z.string().optional(),
  fraction: z.number().optional(),
  rows_total: z.int().nullable().optional(),
  load: z.uuid().optional(),
});

/** A load as `/package/status` tells it; `error` is there only for `fail` (packages.md A2). */
export function toStatus(load: Load): z.output<typeof statusSchema> {
  return {
    status: load.status,
    progress: load.rows,
    ...(load.status === 'fail' ? { error: load.error ?? '', code: load.code ?? 'failed' } : {}),
    fraction: fractionOf(load),
    rows_total: load.rowsTotal ?? null,
    load: load.id,
  };
}

const optionalTime = z.iso.datetime().nullable();

export const loadSchema = z.object({
  id: z.uuid(),
  package: z.string().nullable(),
  datapackage: z.string(),
  status: z.string().describe('One of the 13 statuses, or `cancelled`'),
  progress: z.int(),
  rows_total: z.int().nullable(),
  fraction: z.number(),
  bytes: z.int().nullable(),
  attempt: z.int(),
  phases: z.array(
    z.object({ status: z.string(), started_at: z.iso.datetime(), seconds: z.number().nullable() }),
  ),
  error: z.string().nullable(),
  code: z.string().nullable(),
  errors: z.array(z.looseObject({ rule: z.string(), message: z.string() })),
  errors_total: z.int(),
  warnings: z.array(z.string()),
  requested_by: z.string(),
  unchanged: z.boolean(),
  created_at: z.iso.datetime(),
  started_at: optionalTime,
  finished_at: optionalTime,
});

function phasesOf({ phases, finishedAt }: Load) {
  return phases.map(({ status, startedAt }, index) => {
    const ended = phases[index + 1]?.startedAt ?? finishedAt;
    const seconds = ended === undefined ? null : Math.max(ended.getTime() - startedAt.getTime(), 0) / 1000;
    return { status, started_at: startedAt.toISOString(), seconds };
  });
}

/** A load in full, for its owner (packages.md A6, "New bodies"). */
export function toLoadBody(load: Load): z.output<typeof loadSchema> {
  return {
    id: load.id,
    package: load.packageId ?? null,
    datapackage: load.datapackage,
    // Old clients know thirteen statuses; here there may be one more (packages.md A6).
    status: isCancelled(load) ? 'cancelled' : load.status,
    progress: load.rows,
    rows_total: load.rowsTotal ?? null,
    fraction: fractionOf(load),
    bytes: load.bytes ?? null,
    attempt: load.attempt,
    phases: phasesOf(load),
    error: load.error ?? null,
    code: load.code ?? null,
    errors: load.problems.map((one) => ({ ...one })),
    errors_total: load.problemsTotal,
    warnings: [...load.warnings],
    requested_by: load.requestedBy,
    unchanged: load.unchanged,
    created_at: load.createdAt.toISOString(),
    started_at: load.startedAt?.toISOString() ?? null,
    finished_at: load.finishedAt?.toISOString() ?? null,
  };
}
