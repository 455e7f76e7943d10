import {
  type DataRecord,
  type DataSet,
  parseBatch,
  type RecordError,
  RecordRefusal,
  schemaOf,
} from '@flyloft/data-sets';
import type { RawBatch } from '../uploads/raw-batch.ts';
import { readUpload, type Upload } from '../uploads/read-upload.ts';

type Rules = Parameters<typeof parseBatch>[1];

function parseRaw({ raws, places, errors }: RawBatch, rules: Rules) {
  const batch = parseBatch(raws, rules);
  if (!('errors' in batch)) return errors.length === 0 ? batch : { errors };
  const located = batch.errors.map((error) => ({ ...error, record: places[error.record] ?? error.record }));
  return { errors: [...errors, ...located] };
}

async function* parsed(dataSet: DataSet, upload: Upload, idOfPlace?: (place: number) => string) {
  const { auto_ids: autoIds } = dataSet.settings;
  for await (const raw of readUpload(upload, { keepLiterals: autoIds !== null })) {
    const idOf = idOfPlace && ((record: number) => idOfPlace(raw.places[record] ?? record));
    yield parseRaw(raw, { autoIds, schema: schemaOf(dataSet), idOf });
  }
}

/** Records that go into one statement, and about how many characters of them. */
const BATCH_SIZE = 1_000;
const BATCH_CHARACTERS = 512 * 1024;

function charactersOf({ values }: DataRecord): number {
  let characters = 0;
  for (const value of values.values()) if (typeof value === 'string') characters += value.length;
  return characters;
}

/** Cuts records into statements: what is made of one of them, several times its size, is in memory at once. */
function* inStatements(records: readonly DataRecord[]): Generator<readonly DataRecord[]> {
  let from = 0;
  let characters = 0;
  for (const [index, record] of records.entries()) {
    characters += charactersOf(record);
    if (index + 1 - from < BATCH_SIZE && characters < BATCH_CHARACTERS) continue;
    yield records.slice(from, index + 1);
    from = index + 1;
    characters = 0;
  }
  if (from < records.length) yield records.slice(from);
}

/** The records of an upload that was found to be without fault, in batches; `idOfPlace` names those without an id. */
export async function* batchesOf(
  dataSet: DataSet,
  upload: Upload,
  idOfPlace?: (place: number) => string,
): AsyncGenerator<readonly DataRecord[]> {
  for await (const batch of parsed(dataSet, upload, idOfPlace)) {
    if ('errors' in batch) throw new RecordRefusal(batch.errors);
    yield* inStatements(batch.records);
  }
}

/** All messages are told, as in the original, but not without end. */
const MOST_MESSAGES = 10_000;

export type Checked =
  | { readonly kind: 'refused'; readonly errors: readonly RecordError[]; readonly total: number }
  /** Few enough for one statement: here they are, and need not be read again. */
  | { readonly kind: 'few'; readonly records: readonly DataRecord[] }
  | { readonly kind: 'many' };

/** Reads an upload once to the end: is everything in it as it should be? */
export async function checkUpload(dataSet: DataSet, upload: Upload): Promise<Checked> {
  const errors: RecordError[] = [];
  let total = 0;
  let records: readonly DataRecord[] = [];
  let isMany = false;
  const refuse = (found: readonly RecordError[]) => {
    total += found.length;
    errors.push(...found.slice(0, MOST_MESSAGES - errors.length));
  };
  try {
    for await (const batch of parsed(dataSet, upload)) {
      if ('errors' in batch) refuse(batch.errors);
      else if (records.length === 0 && !isMany && batch.records.length <= BATCH_SIZE) records = batch.records;
      else if (batch.records.length > 0) isMany = true;
    }
  } catch (error) {
    if (!(error instanceof RecordRefusal)) throw error;
    refuse(error.errors);
  }
  if (total > 0) return { kind: 'refused', errors, total };
  return isMany ? { kind: 'many' } : { kind: 'few', records };
}
