import type { Query } from './query.ts';
import type { QueryDate } from './query-date.ts';
import { invalidQuery } from './query-error.ts';

const DAY = 86_400_000;

/** The date as its sender's calendar shows it. */
function inSentOffset({ moment, offsetMinutes }: QueryDate): Date {
  return new Date(moment.getTime() + offsetMinutes * 60_000);
}

function checkMidnight(name: 'start_at' | 'end_at', date: QueryDate | undefined): void {
  if (date === undefined) return;
  if (date.moment.getTime() % DAY !== 0) throw invalidQuery(`${name} must be midnight`);
}

/** What may be asked of a data set that allows no raw queries (data-sets.md 4.3), in the order of its messages. */
export function checkRestrictions(
  query: Query,
  start: QueryDate | undefined,
  end: QueryDate | undefined,
): void {
  const { period } = query;
  if (period === undefined && query.groupBy.length === 0) {
    throw invalidQuery('querying for raw data is not allowed');
  }
  if (period === 'hour') return;
  if (start && end && end.moment.getTime() - start.moment.getTime() < 7 * DAY) {
    throw invalidQuery('The minimum time span for a query is 7 days');
  }
  const bounds = [
    ['start_at', start],
    ['end_at', end],
  ] as const;
  for (const [name, date] of bounds) checkMidnight(name, date);
  for (const [name, date] of bounds) {
    if (date === undefined) continue;
    if (period === 'week' && inSentOffset(date).getUTCDay() !== 1)
      throw invalidQuery(`${name} must be a monday`);
    if (period === 'month' && inSentOffset(date).getUTCDate() !== 1) {
      throw invalidQuery(`'${name}' must be the first of the month for period=month queries`);
    }
  }
}
