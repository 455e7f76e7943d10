import { parseRecordDate } from '../records/timestamps.ts';

const SHAPE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|([+-])(\d{2}):?(\d{2}))$/;

export interface QueryDate {
  readonly moment: Date;
  /** The zone that it was sent in, by which Mondays and firsts of the month are judged. */
  readonly offsetMinutes: number;
}

/** A bound of a query: a date and time to the second, with a zone (data-sets.md 4.1). */
export function parseQueryDate(text: string): QueryDate | undefined {
  const match = SHAPE.exec(text);
  if (match === null) return undefined;
  const moment = parseRecordDate(text);
  if (!(moment instanceof Date)) return undefined;
  const [, sign, hours = 0, minutes = 0] = match;
  return { moment, offsetMinutes: (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) };
}
