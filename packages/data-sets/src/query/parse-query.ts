import { isPeriod, PERIODS, type Period } from '../periods/period.ts';
import { isInternalKey, isValidKey } from '../records/keys.ts';
import { readCollect } from './collect.ts';
import { readFilters } from './filters.ts';
import { isKnownParameter, type Parameters, readParameters } from './parameters.ts';
import { FORMATS, type Query } from './query.ts';
import { parseQueryDate, type QueryDate } from './query-date.ts';
import { invalidQuery } from './query-error.ts';
import { checkRestrictions } from './restrictions.ts';
import { checkSortKey, readSort } from './sort.ts';

export interface QueryRules {
  /** False: the extra rules of data-sets.md 4.3 hold. */
  readonly rawQueriesAllowed: boolean;
}

function checkShape(parameters: Parameters): void {
  if (!parameters.names.every(isKnownParameter)) throw invalidQuery('An unrecognised parameter was provided');
  if (parameters.one('period') === undefined) return;
  const bounded = parameters.one('start_at') !== undefined && parameters.one('end_at') !== undefined;
  if (parameters.one('duration') === undefined && !bounded) {
    throw invalidQuery("Either 'duration' or both 'start_at' and 'end_at' are required for a period query");
  }
  if (parameters.one('limit') !== undefined && parameters.all('group_by').length === 0) {
    throw invalidQuery("A period query can only be limited if it is grouped - please add 'group_by'");
  }
}

function readBound(parameters: Parameters, name: 'start_at' | 'end_at'): QueryDate | undefined {
  const text = parameters.one(name);
  if (text === undefined) return undefined;
  const date = parseQueryDate(text);
  if (date === undefined) throw invalidQuery(`${name} is not a valid datetime`);
  return date;
}

function readPeriod(parameters: Parameters): Period | undefined {
  const text = parameters.one('period');
  if (text === undefined || isPeriod(text)) return text;
  throw invalidQuery(`'period' must be one of [${PERIODS.map((period) => `'${period}'`).join(', ')}]`);
}

function readGroupBy(parameters: Parameters): string[] {
  const keys = [...new Set(parameters.all('group_by'))];
  for (const key of keys) {
    if (!isValidKey(key)) throw invalidQuery('Cannot group by an invalid field name');
    if (isInternalKey(key)) {
      throw invalidQuery('Cannot group by internal fields, internal fields start with an underscore');
    }
  }
  return keys;
}

function readInteger(
  parameters: Parameters,
  name: 'limit' | 'duration' | 'page' | 'page_size',
): number | undefined {
  const text = parameters.one(name);
  if (text === undefined) return undefined;
  const value = /^\+?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw invalidQuery(`${name} must be a positive integer`);
  return value;
}

const DEFAULT_PAGE_SIZE = 100;

function readPage(parameters: Parameters, isGrouped: boolean): Query['page'] {
  const number = readInteger(parameters, 'page');
  if (number === 0) throw invalidQuery('page must be a positive integer');
  const size = readInteger(parameters, 'page_size');
  if (size === 0) throw invalidQuery('page_size must be a positive integer');
  if (number === undefined && size === undefined) return undefined;
  if (isGrouped) throw invalidQuery('page can be used only for raw queries');
  const page = { number: number ?? 1, size: size ?? DEFAULT_PAGE_SIZE };
  if (!Number.isSafeInteger(page.number * page.size)) throw invalidQuery('page must be a positive integer');
  return page;
}

function checkTimeSpan(parameters: Parameters, duration: number | undefined): void {
  const [start, end, period] = [
    parameters.one('start_at'),
    parameters.one('end_at'),
    parameters.one('period'),
  ];
  if (duration === undefined) {
    if (start !== undefined && end === undefined) {
      throw invalidQuery("Use of 'start_at' requires 'end_at' or 'duration'");
    }
    if (end !== undefined && start === undefined) {
      throw invalidQuery("Use of 'end_at' requires 'start_at' or 'duration'");
    }
    return;
  }
  if (start !== undefined && end !== undefined) {
    throw invalidQuery(
      "Absolute and relative time cannot be requested at the same time - either ask for 'start_at' and 'end_at', or ask for 'start_at'/'end_at' with 'duration'",
    );
  }
  if (duration === 0) throw invalidQuery("'duration' must not be zero");
  if (period === undefined) {
    throw invalidQuery(
      "If 'duration' is requested (for relative time), 'period' is required - please add a period (like 'day', 'month' etc)",
    );
  }
}

function readFlag(parameters: Parameters, name: 'flatten' | 'inclusive' | 'safe'): boolean | undefined {
  const text = parameters.one(name);
  if (text === undefined) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw invalidQuery(`${name} must be either 'true' or 'false'`);
}

function readInclusive(parameters: Parameters): boolean {
  const inclusive = readFlag(parameters, 'inclusive');
  if (
    inclusive !== undefined &&
    parameters.one('start_at') === undefined &&
    parameters.one('end_at') === undefined
  ) {
    throw invalidQuery("inclusive can be used only with either ['start_at', 'end_at']");
  }
  return inclusive ?? false;
}

/**
 * Reads a query string. The order of the statements is the order in which data-sets.md 4.2 checks.
 * @throws {ProblemError} 400 with the first message that applies.
 */
export function parseQuery(queryString: string, rules: QueryRules): Query {
  const parameters = readParameters(queryString);
  checkShape(parameters);
  const start = readBound(parameters, 'start_at');
  const end = readBound(parameters, 'end_at');
  const filters = readFilters(parameters);
  const period = readPeriod(parameters);
  const sort = readSort(parameters);
  const groupBy = readGroupBy(parameters);
  const limit = readInteger(parameters, 'limit') ?? 0;
  const duration = readInteger(parameters, 'duration');
  const page = readPage(parameters, groupBy.length > 0 || period !== undefined);
  if (parameters.all('collect').length > 0 && groupBy.length === 0 && period === undefined) {
    throw invalidQuery("collect can be used only with either ['group_by', 'period']");
  }
  checkTimeSpan(parameters, duration);
  const collect = readCollect(parameters, groupBy);
  const flatten = readFlag(parameters, 'flatten') ?? false;
  const inclusive = readInclusive(parameters);
  const safe = readFlag(parameters, 'safe');
  const query: Query = {
    ...(start && { startAt: start.moment }),
    ...(end && { endAt: end.moment }),
    ...(duration !== undefined && { duration }),
    ...(period !== undefined && { period }),
    ...(sort && { sort }),
    ...(page && { page }),
    ...(safe !== undefined && { safe }),
    groupBy,
    collect,
    filters,
    limit,
    flatten,
    inclusive,
    // Any other value is JSON (data-sets.md 1.1).
    format: FORMATS.find((format) => format === parameters.one('format')) ?? 'json',
  };
  checkSortKey(query);
  if (!rules.rawQueriesAllowed) checkRestrictions(query, start, end);
  return query;
}
