import { problem } from '@flyloft/common';

/** Query parameters as they came: text, or a list when one was given twice. */
export type QueryParameters = Readonly<Record<string, unknown>>;

export type Direction = 'asc' | 'desc';

export interface Page {
  readonly page: number;
  readonly pageSize: number;
}

export function badParameter(parameter: string, detail: string): never {
  throw problem('invalid_parameter', `${parameter}: ${detail}`, { errors: [{ parameter, detail }] });
}

/** One parameter's text; an empty one counts as absent. */
export function parameter(query: QueryParameters, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') return badParameter(name, 'is given twice');
  return value;
}

const REF = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]*$/u;

/** The refs of a list, without duplicates. */
export function refList(query: QueryParameters, name: string, separator: '|' | ','): string[] {
  const text = parameter(query, name);
  if (text === undefined) return [];
  const refs = text.split(separator).map((ref) => ref.trim());
  for (const ref of refs) if (!REF.test(ref)) badParameter(name, `"${ref}" is not a name`);
  return [...new Set(refs)];
}

export function orderList(query: QueryParameters): { ref: string; direction: Direction }[] {
  return (parameter(query, 'order')?.split(',') ?? []).map((entry) => {
    const [ref = '', direction = 'asc', ...more] = entry.trim().split(':');
    if (!REF.test(ref)) badParameter('order', `"${ref}" is not a name`);
    const isDirection = direction === 'asc' || direction === 'desc';
    if (!isDirection || more.length > 0) return badParameter('order', `"${entry}" is neither asc nor desc`);
    return { ref, direction };
  });
}

const DEFAULT_PAGE_SIZE = 100;
/** The cap on cells of one answer. */
const MAX_PAGE_SIZE = 10_000;
const MAX_PAGE = 1_000_000_000;

/** Bad or absent: page 1 and 100 rows; sizes are clamped to 0..10000 (cubes.md 5.3). */
export function pageOf(query: QueryParameters): Page {
  const integer = (name: string) => {
    const text = parameter(query, name);
    return text !== undefined && /^[+-]?\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
  };
  const page = integer('page') ?? 1;
  const pageSize = integer('pagesize') ?? DEFAULT_PAGE_SIZE;
  return {
    page: page < 1 ? 1 : Math.min(page, MAX_PAGE),
    pageSize: Math.min(MAX_PAGE_SIZE, Math.max(0, pageSize)),
  };
}

/** A switch that is on unless it says `false` or `0`. */
export function isOn(query: QueryParameters, name: string): boolean {
  const text = parameter(query, name);
  if (text === undefined || text === 'true' || text === '1') return true;
  return text === 'false' || text === '0' ? false : badParameter(name, 'is neither true nor false');
}
