import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { tap } from '@flyloft/common';
import type { Dialect } from '../../descriptor/dialect-schema.ts';
import { LoadFailure } from '../../load-failure.ts';
import { fileBytes } from '../../loading/disk/file-bytes.ts';
import { type Header, readHeader } from '../../loading/read-header.ts';
import type { WrittenPart } from '../written-table.ts';
import type { TablePart } from './fetch-part.ts';
import type { TableToWrite } from './write-table.ts';

const NEWLINE = 10;

/** Whether a part begins with the header again. @throws {LoadFailure} for the same names in another order. */
function repeatsHeader(
  table: string,
  part: TablePart,
  first: readonly string[],
  cells: readonly string[],
): boolean {
  if (cells.length === first.length && cells.every((name, index) => name === first[index])) return true;
  const sameNames = [...cells].sort().join('\n') === [...first].sort().join('\n');
  if (!sameNames) return false;
  const message = `the columns of "${part.name}" are in another order than those of the first part`;
  throw new LoadFailure('data_invalid', `The parts of "${table}" do not fit: ${message}.`, [
    { resource: table, rule: 'parts', message },
  ]);
}

/** Appends a file from a byte on, ending it with a line feed. Answers the lines that were added. */
async function append(from: string, start: number, target: string, signal: AbortSignal): Promise<number> {
  let [lines, last] = [0, NEWLINE];
  const count = tap((chunk) => {
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, at + 1)) lines += 1;
    last = chunk.at(-1) ?? last;
  });
  const output = createWriteStream(target, { flags: 'a' });
  await pipeline(createReadStream(from, { start }), count, output, { signal, end: false });
  const closed = new Promise<void>((resolve) => output.once('close', resolve));
  output.end(last === NEWLINE ? '' : '\n');
  await closed;
  return last === NEWLINE ? lines : lines + 1;
}

/**
 * Writes the parts of a table one behind the other; a header that a later part repeats is left out.
 * Answers where each part begins.
 */
export async function joinParts(
  { name, parts, target, signal }: TableToWrite,
  dialect: Dialect,
  write: (part: TablePart, path: string) => Promise<void>,
): Promise<WrittenPart[]> {
  const written: WrittenPart[] = [];
  const path = `${target}.part`;
  let first: readonly string[] | undefined;
  let line = 1;
  for (const part of parts) {
    await write(part, path);
    const header: Header | undefined = dialect.header
      ? await readHeader(fileBytes(path), dialect)
      : undefined;
    const isRepeated =
      first !== undefined && header !== undefined && repeatsHeader(name, part, first, header.cells);
    first ??= header?.cells;
    const [start, dropped] = isRepeated && header !== undefined ? [header.bytes, header.lines] : [0, 0];
    written.push({ name: part.name, firstLine: line, ownFirstLine: dropped + 1 });
    line += await append(path, start, target, signal);
    await rm(path);
  }
  return written;
}
