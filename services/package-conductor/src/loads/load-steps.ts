import { LOAD_STATUSES } from '@flyloft/common';
import type { Load } from '@flyloft/registry';

const FIRST_WITH_ROWS = LOAD_STATUSES.indexOf('loading-data');

/** What a listener can see of a change; a heartbeat is none. */
export function signatureOf({ attempt, status, phases, rows, rowsTotal, bytes }: Load): string {
  return [attempt, phases.length, status, rows, rowsTotal ?? '', bytes ?? ''].join('.');
}

/** The load as it was when it entered one of its phases. */
function asOfPhase(load: Load, index: number): Load {
  const phases = load.phases.slice(0, index + 1);
  const status = phases.at(-1)?.status ?? load.status;
  const rows = LOAD_STATUSES.indexOf(status) < FIRST_WITH_ROWS ? 0 : load.rows;
  return { ...load, status, phases, rows, error: undefined, code: undefined, finishedAt: undefined };
}

/**
 * Every change between two looks at a load, the last of them the load as it is: a small package passes
 * through half of its statuses between two looks, and whoever follows it is told of each.
 */
export function stepsBetween(seen: Load | undefined, load: Load): Load[] {
  if (seen === undefined) return [load];
  if (signatureOf(seen) === signatureOf(load)) return [];
  const first = seen.attempt === load.attempt ? seen.phases.length : load.phases.length;
  const skipped = load.phases.slice(first, -1).map((_phase, index) => asOfPhase(load, first + index));
  return [...skipped, load];
}
