import { problem } from '@flyloft/common';
import { addPeriods, ceilToPeriod, floorToPeriod, type Period, periodsBetween } from '../periods/period.ts';
import type { Filter, Query } from '../query/query.ts';
import { isStorableText } from '../records/check-record.ts';
import type { Selection } from '../store/store.ts';

/** Records are dated within these years; engines are not asked about others. */
const EARLIEST = Date.parse('0001-01-01T00:00:00Z');
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/** The time a query is about: [startAt, endAt), or with `inclusive` its end too. */
export interface Window {
  readonly startAt?: Date;
  readonly endAt?: Date;
}

function tooManyPeriods(): Error {
  return problem('invalid_parameter', 'The query asks for too many periods');
}

/** The window of a period query before any blank is skipped (data-sets.md 4.6). */
export function windowOf(query: Query, now: Date, mostPeriods: number): Window {
  const { startAt, endAt, period, duration } = query;
  if (period === undefined || duration === undefined) {
    return { ...(startAt && { startAt }), ...(endAt && { endAt }) };
  }
  if (duration > mostPeriods) throw tooManyPeriods();
  const anchor = floorToPeriod(startAt ?? endAt ?? now, period);
  return startAt
    ? { startAt: anchor, endAt: addPeriods(anchor, period, duration) }
    : { startAt: addPeriods(anchor, period, -duration), endAt: anchor };
}

/** Starts of the periods that an answer shows: the window widened to whole periods. */
export function periodsOf({ startAt, endAt }: Window, period: Period, mostPeriods: number): Date[] {
  if (startAt === undefined || endAt === undefined) return [];
  const starts = periodsBetween(
    floorToPeriod(startAt, period),
    ceilToPeriod(endAt, period),
    period,
    mostPeriods,
  );
  if (starts === undefined) throw tooManyPeriods();
  return starts;
}

/** Answers are held in memory: rows that filling would make are counted before they are made. */
export function checkRowCount(rows: number, most: number): void {
  if (rows > most) throw tooManyPeriods();
}

function isHoldable(value: string | boolean): boolean {
  return typeof value !== 'string' || isStorableText(value);
}

/** False: the filter compares with text that no record can hold. */
function isAnswerable(filter: Filter): boolean {
  if (filter.kind === 'equals') return isHoldable(filter.value);
  return filter.kind !== 'prefix' || isHoldable(filter.prefix);
}

/** What to ask the store for; undefined when no record can match. */
export function selectionOf(query: Query, { startAt, endAt }: Window): Selection | undefined {
  const filters = query.filters.filter((filter) => filter.kind !== 'not' || isHoldable(filter.value));
  if (!filters.every(isAnswerable)) return undefined;
  if (startAt && startAt.getTime() > LATEST) return undefined;
  if (endAt && endAt.getTime() < EARLIEST) return undefined;
  return {
    filters,
    inclusive: query.inclusive,
    ...(startAt && startAt.getTime() >= EARLIEST && { startAt }),
    ...(endAt && endAt.getTime() <= LATEST && { endAt }),
  };
}
