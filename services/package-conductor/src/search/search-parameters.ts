import { problem } from '@flyloft/common';
import type { FilterValue, PackageSearch, SearchFilter } from '@flyloft/registry';

type Query = Readonly<Record<string, unknown>>;

/** What a filter's path may begin with; other parameters are ignored (packages.md 4). */
const FILTERED = new Set(['id', 'model', 'package', 'origin_url', 'loaded', 'last_update']);
const DEFAULT_SIZE = 100;
const MAX_SIZE = 10_000;
const MAX_FROM = 1_000_000_000;
const MAX_VALUES = 100;

function bad(parameter: string, detail: string): never {
  throw problem('invalid_parameter', `${parameter}: ${detail}`, { errors: [{ parameter, detail }] });
}

const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');

/** Values are JSON: `"text"`, `7` or `true`. @throws {ProblemError} 400 */
function jsonValue(parameter: string, text: string): FilterValue {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return bad(parameter, 'is not JSON; write a text in double quotes, such as "budget"');
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return bad(parameter, 'must be a text, a number, true or false');
}

/** A bare integer. @throws {ProblemError} 400 */
function integer(query: Query, name: string, otherwise: number, most: number): number {
  const [text] = textsOf(query[name]);
  if (text === undefined) return otherwise;
  if (!/^\d{1,10}$/.test(text)) bad(name, 'must be a whole number, 0 or more');
  if (Number(text) > most) bad(name, `must be at most ${most}`);
  return Number(text);
}

function filtersOf(query: Query): SearchFilter[] {
  const filters = Object.entries(query)
    .filter(([path]) => FILTERED.has(path.split('.', 1)[0] ?? ''))
    .map(([path, given]) => ({ path, values: textsOf(given).map((text) => jsonValue(path, text)) }));
  const values = filters.reduce((sum, filter) => sum + filter.values.length, 0);
  if (values > MAX_VALUES) throw problem('invalid_parameter', `A search takes at most ${MAX_VALUES} values`);
  return filters;
}

/**
 * The search that query parameters ask for (packages.md 4): `q`, `size`, `from`, and filters by path.
 * @throws {ProblemError} 400 naming the parameter.
 */
export function searchOf(query: Query, viewer: string | undefined): PackageSearch {
  const [q] = textsOf(query.q);
  return {
    ...(q === undefined ? {} : { text: String(jsonValue('q', q)) }),
    filters: filtersOf(query),
    ...(viewer === undefined ? {} : { viewer }),
    from: integer(query, 'from', 0, MAX_FROM),
    size: integer(query, 'size', DEFAULT_SIZE, MAX_SIZE),
  };
}
