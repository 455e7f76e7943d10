import { isInternalKey, isValidKey } from '../records/keys.ts';
import type { Parameters } from './parameters.ts';
import { COLLECT_METHODS, type Collect, type CollectMethod } from './query.ts';
import { invalidQuery } from './query-error.ts';

function isMethod(text: string): text is CollectMethod {
  return (COLLECT_METHODS as readonly string[]).includes(text);
}

function readOne(text: string, groupBy: readonly string[]): Collect {
  const [key = '', method, ...more] = text.split(':');
  if (more.length > 0 || (method !== undefined && !isMethod(method))) {
    throw invalidQuery('Unknown collection method');
  }
  if (!isValidKey(key)) throw invalidQuery('Cannot collect an invalid field name');
  if (isInternalKey(key)) {
    throw invalidQuery('Cannot collect internal fields, internal fields start with an underscore');
  }
  if (groupBy.includes(key)) throw invalidQuery('Cannot collect by a field that is used for group_by');
  return { key, method: method ?? 'set', bare: method === undefined };
}

/** Rule 11 of data-sets.md 4.2; asking twice for the same is asking once. */
export function readCollect(parameters: Parameters, groupBy: readonly string[]): Collect[] {
  const collects = parameters.all('collect').map((text) => readOne(text, groupBy));
  const unique = new Map<string, Collect>();
  for (const collect of collects) {
    const name = `${collect.key}:${collect.method}`;
    unique.set(name, { ...collect, bare: collect.bare || (unique.get(name)?.bare ?? false) });
  }
  return [...unique.values()];
}
