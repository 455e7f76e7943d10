import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline as pipe, Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ResourceDescriptor } from '../../descriptor/package-schema.ts';
import { convertCsv } from '../convert-csv.ts';
import { jsonRecords } from '../json-rows.ts';
import { isReadDirectly, plainDialect } from '../plain-dialect.ts';
import { dialectOf, formatOf } from '../table-format.ts';
import { lineFeeds, toUtf8 } from '../transforms.ts';
import type { WrittenTable } from '../written-table.ts';
import { type FetchOptions, fetchPart, limitBytes, type TablePart } from './fetch-part.ts';
import { joinParts } from './join-parts.ts';
import { longRows, refuseLongRow } from './long-rows.ts';
import { sheetRecords } from './sheet-rows.ts';

export interface TableToWrite extends FetchOptions {
  readonly resource: ResourceDescriptor;
  /** In their order; one, or several with the same columns. */
  readonly parts: readonly TablePart[];
  /** Where the table goes; beside it lies what is needed on the way. */
  readonly target: string;
}

function isUtf8({ encoding }: ResourceDescriptor): boolean {
  return encoding === undefined || /^utf-?8$/i.test(encoding);
}

/** One stream into another: an end or error of either is that of both. */
function joined(from: Readable, to: Transform): Transform {
  return pipe(from, to, () => undefined);
}

/** Decoded text of a file on this disk, once for each call. */
function textOf(path: string, { encoding }: ResourceDescriptor): Transform {
  return joined(createReadStream(path), toUtf8(encoding));
}

async function* strings(text: Readable): AsyncGenerator<string> {
  // setEncoding keeps characters whole that two chunks share
  for await (const chunk of text.setEncoding('utf8')) yield String(chunk);
}

/** One part as a plain table. */
async function writePart(table: TableToWrite, part: TablePart, target: string): Promise<void> {
  const { resource, name, signal } = table;
  const dialect = dialectOf(resource);
  const format = formatOf(resource);
  const raw = `${target}.raw`;
  const { isPlain, longRowAt } = await fetchPart(part, raw, table);
  const isText = format === 'csv' || format === 'tsv';
  const isRead = isText && isReadDirectly(dialect);
  if (isRead && isPlain && isUtf8(resource)) {
    await rename(raw, target);
    await refuseLongRow(name, target, longRowAt);
    return;
  }
  const text = () => textOf(raw, resource);
  const converted = () => {
    if (format === 'xlsx') return Readable.from(sheetRecords(raw, dialect, name));
    if (!isText) return Readable.from(jsonRecords(() => strings(text()), dialect, name));
    const lines = joined(text(), lineFeeds());
    return isRead ? lines : Readable.from(convertCsv(lines, dialect, name));
  };
  const rows = longRows();
  await pipeline([converted(), limitBytes(table), rows.stream, createWriteStream(target)], { signal });
  await rm(raw);
  await refuseLongRow(name, target, rows.foundAt());
}

/**
 * Writes a resource's rows as one file that the engine reads, whatever they were: CSV of any dialect and
 * encoding, JSON rows, a sheet, gzipped or in parts.
 * @throws {LoadFailure} for what is missing, too large, broken, or no such table.
 */
export async function writeTable(table: TableToWrite): Promise<WrittenTable> {
  const { resource, parts, target } = table;
  const format = formatOf(resource);
  const given = dialectOf(resource);
  const isText = format === 'csv' || format === 'tsv';
  const dialect = isText && isReadDirectly(given) ? given : plainDialect(given);
  const lines = isText ? 'line' : format === 'xlsx' ? 'record' : 'none';
  const [only] = parts;
  if (only === undefined) throw new RangeError('a table has at least one part');
  if (parts.length === 1) {
    await writePart(table, only, target);
    return { path: target, dialect, parts: [], lines };
  }
  const written = await joinParts(table, dialect, (part, path) => writePart(table, part, path));
  return { path: target, dialect, parts: written, lines };
}
