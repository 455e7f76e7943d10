import { problem } from '@flyloft/common';
import { RecordRefusal } from '@flyloft/data-sets';
import type { Body } from '../bodies/body.ts';
import { type Element, inBatches, type RawBatch } from './raw-batch.ts';
import { readCsv } from './read-csv.ts';
import { readExcel } from './read-excel.ts';
import { beginsWithList, parseJson, readJsonList } from './read-json.ts';
import { readNdjson } from './read-ndjson.ts';
import type { UploadFormat } from './upload-format.ts';

/** What was sent, in whatever form. */
export interface Upload {
  readonly body: Body;
  readonly format: UploadFormat;
  /** Name or number of an Excel file's sheet. */
  readonly sheet?: string | undefined;
}

export interface ReadOptions {
  /** Numbers as they were written: ids are made of their text (data-sets.md 3.4). */
  readonly keepLiterals: boolean;
}

/** The words of the original, down to the name of its exception (data-sets.md 1.2). */
export const WRONG_CONTENT_TYPE = "ValidationError('Expected header: Content-type: application/json',)";

const NAMES: Readonly<Record<UploadFormat, string>> = {
  json: 'JSON',
  ndjson: 'NDJSON',
  csv: 'CSV',
  excel: 'Excel',
};

/** @throws {ProblemError} 400 when there is nothing at all. */
export function checkNotEmpty({ body, format }: Upload): void {
  if (body.size > 0) return;
  throw problem('invalid_json', `Expected ${NAMES[format]} request body but received zero bytes.`);
}

async function* readWholeJson({ body }: Upload, keepLiterals: boolean): AsyncGenerator<RawBatch> {
  const value = parseJson(await body.bytes(), keepLiterals);
  if (value === null) {
    throw new RecordRefusal([{ record: 0, key: null, code: 'not_an_object', message: WRONG_CONTENT_TYPE }]);
  }
  const raws: unknown[] = Array.isArray(value) ? value : [value];
  yield { raws, places: raws.map((_raw, index) => index), errors: [] };
}

async function* readLargeList({ body }: Upload, keepLiterals: boolean): AsyncGenerator<Element> {
  let place = 0;
  for await (const element of readJsonList(body.open())) {
    yield { place, raw: parseJson(element, keepLiterals) };
    place += 1;
  }
}

async function* readJson(upload: Upload, keepLiterals: boolean): AsyncGenerator<RawBatch> {
  const isList = upload.body.isLarge && (await beginsWithList(upload.body.open()));
  yield* isList ? inBatches(readLargeList(upload, keepLiterals)) : readWholeJson(upload, keepLiterals);
}

/** The records of an upload, from the first on, as often as it is called. */
export function readUpload(upload: Upload, { keepLiterals }: ReadOptions): AsyncGenerator<RawBatch> {
  const { body, format, sheet } = upload;
  if (format === 'json') return readJson(upload, keepLiterals);
  if (format === 'ndjson') return inBatches(readNdjson(body.open(), { keepLiterals }));
  return inBatches(format === 'csv' ? readCsv(body.open()) : readExcel(body, sheet));
}

/** Tables count rows, from 1; lists count records, from 0 (data-sets.md A8.11). */
export function countsRows(format: UploadFormat): boolean {
  return format === 'csv' || format === 'excel';
}
