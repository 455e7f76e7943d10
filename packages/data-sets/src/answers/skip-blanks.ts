import { addPeriods, type Period } from '../periods/period.ts';
import type { Group } from '../store/store.ts';
import type { Window } from './selection.ts';

/**
 * Where the window of a relative query moves when it begins (`start_at` given) or ends with a blank
 * period: to the nearest period with records inside it, once (data-sets.md 4.6). With several groups the
 * smallest move counts. Undefined: it stays.
 */
export function skipBlanks(
  { startAt, endAt }: Window,
  period: Period,
  starts: readonly Date[],
  series: readonly (readonly Group[])[],
  anchoredAtStart: boolean,
): Window | undefined {
  if (startAt === undefined || endAt === undefined) return undefined;
  const positions = new Map(starts.map((start, index) => [start.getTime(), index]));
  const moves = series.map((groups) => {
    const found = groups
      .map(({ start }) => (start ? positions.get(start.getTime()) : undefined))
      .filter((position) => position !== undefined);
    if (found.length === 0) return undefined;
    return anchoredAtStart ? Math.min(...found) : Math.max(...found) - (starts.length - 1);
  });
  const distances = moves.filter((move) => move !== undefined);
  if (distances.length === 0) return undefined;
  const move = distances.reduce((least, other) => (Math.abs(other) < Math.abs(least) ? other : least));
  if (move === 0) return undefined;
  return { startAt: addPeriods(startAt, period, move), endAt: addPeriods(endAt, period, move) };
}
