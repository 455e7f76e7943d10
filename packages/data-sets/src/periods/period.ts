/** The six lengths of time that records can be grouped by, in the order the messages name them. */
export const PERIODS = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;

export type Period = (typeof PERIODS)[number];

export function isPeriod(text: string): text is Period {
  return (PERIODS as readonly string[]).includes(text);
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FIXED: Partial<Record<Period, number>> = { hour: HOUR, day: DAY, week: 7 * DAY };
const MONTHS: Partial<Record<Period, number>> = { month: 1, quarter: 3, year: 12 };

/** Monday, 5 January 1970, to which all weeks are aligned; hours and days fit it as well. */
const ORIGIN = 4 * DAY;

function firstOfMonth(year: number, month: number): Date {
  const date = new Date(0);
  date.setUTCFullYear(year, month, 1);
  return date;
}

/** The start of the period that a moment lies in, in UTC; weeks begin on Monday (data-sets.md 3.6). */
export function floorToPeriod(moment: Date, period: Period): Date {
  const length = FIXED[period];
  if (length !== undefined) {
    return new Date(Math.floor((moment.getTime() - ORIGIN) / length) * length + ORIGIN);
  }
  const months = MONTHS[period] ?? 1;
  const month = moment.getUTCMonth();
  return firstOfMonth(moment.getUTCFullYear(), month - (month % months));
}

/** The start of the period that lies `count` after (or, when negative, before) the one starting at `start`. */
export function addPeriods(start: Date, period: Period, count: number): Date {
  const length = FIXED[period];
  if (length !== undefined) return new Date(start.getTime() + count * length);
  return firstOfMonth(start.getUTCFullYear(), start.getUTCMonth() + count * (MONTHS[period] ?? 1));
}

export function ceilToPeriod(moment: Date, period: Period): Date {
  const floor = floorToPeriod(moment, period);
  return floor.getTime() === moment.getTime() ? floor : addPeriods(floor, period, 1);
}

/** The starts of all periods in [start, end), both on boundaries; undefined when there are more than `most`. */
export function periodsBetween(start: Date, end: Date, period: Period, most: number): Date[] | undefined {
  const starts: Date[] = [];
  for (let at = start; at < end; at = addPeriods(at, period, 1)) {
    if (starts.length === most) return undefined;
    starts.push(at);
  }
  return starts;
}

/** Hours whose keys are known; records that come one after the other often share one. */
const MOST_HOURS = 1_000;
const keysOfHours = new Map<number, Readonly<Record<string, Date>>>();

/**
 * The keys that a stored record has when it has a `_timestamp`: the start of each period it lies in. They are the same
 * for a whole hour: finding them anew was a tenth of what a download costs.
 */
export function periodKeys(timestamp: Date): Readonly<Record<string, Date>> {
  const hour = Math.floor(timestamp.getTime() / HOUR);
  const known = keysOfHours.get(hour);
  if (known !== undefined) return known;
  const keys = Object.fromEntries(
    PERIODS.map((period) => [periodKey(period), floorToPeriod(timestamp, period)]),
  );
  if (keysOfHours.size >= MOST_HOURS) keysOfHours.clear();
  keysOfHours.set(hour, keys);
  return keys;
}

/** `_week_start_at` for `week`. */
export function periodKey(period: Period): string {
  return `_${period}_start_at`;
}
