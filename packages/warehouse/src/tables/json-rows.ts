import { isLosslessNumber, parse, stringify } from 'lossless-json';
import type { Dialect } from '../descriptor/dialect-schema.ts';
import { csvRecord } from './csv-record.ts';
import { failJson, jsonElements } from './json-elements.ts';
import { MAX_COLUMNS } from './limits.ts';

/** A value as the text of a cell: numbers keep their digits, objects and arrays are JSON, null is blank. */
function jsonCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || isLosslessNumber(value)) return String(value);
  return stringify(value) ?? '';
}

type JsonRow = readonly unknown[] | Readonly<Record<string, unknown>>;

function toRow(text: string, number: number, name: string): JsonRow {
  let row: unknown;
  try {
    row = parse(text);
  } catch {
    return failJson(name, `row ${number} is not valid JSON`);
  }
  if (typeof row !== 'object' || row === null || isLosslessNumber(row)) {
    return failJson(name, `row ${number} is neither an object nor an array`);
  }
  // an object or an array, as JSON has no others
  return row as JsonRow;
}

async function* rowsOf(
  chunks: AsyncIterable<string>,
  name: string,
  property?: string,
): AsyncGenerator<JsonRow> {
  let number = 0;
  for await (const text of jsonElements(chunks, name, property)) {
    number += 1;
    yield toRow(text, number, name);
  }
}

/** The names that any object of the file has, in the order of their first appearance. */
async function keysOf(rows: AsyncIterable<JsonRow>, name: string): Promise<string[]> {
  const keys = new Set<string>();
  for await (const row of rows) {
    if (Array.isArray(row)) break;
    for (const key of Object.keys(row)) keys.add(key);
    if (keys.size > MAX_COLUMNS) failJson(name, `the rows have more than ${MAX_COLUMNS} different names`);
  }
  return [...keys];
}

/**
 * JSON rows as a plain CSV table: an array of objects, or an array of arrays of which the first is the
 * header unless the dialect says otherwise. `read` opens the text from its start; it is read twice.
 * @throws {LoadFailure} `data_invalid`
 */
export async function* jsonRecords(
  read: () => AsyncIterable<string>,
  dialect: Dialect,
  name: string,
): AsyncGenerator<string> {
  const keys = dialect.itemKeys ?? (await keysOf(rowsOf(read(), name, dialect.property), name));
  if (keys.length > 0 && dialect.header) yield csvRecord(keys);
  let number = 0;
  for await (const row of rowsOf(read(), name, dialect.property)) {
    number += 1;
    if (Array.isArray(row)) {
      if (keys.length > 0 && dialect.itemKeys === undefined)
        failJson(name, `row ${number} is an array, the first is an object`);
      yield csvRecord(row.map(jsonCell));
    } else {
      if (keys.length === 0) failJson(name, `row ${number} is an object, the first is an array`);
      // Object.hasOwn: a column may be called "constructor"
      const object = row as Readonly<Record<string, unknown>>;
      yield csvRecord(keys.map((key) => (Object.hasOwn(object, key) ? jsonCell(object[key]) : '')));
    }
  }
}
