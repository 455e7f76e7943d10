import { createReadStream } from 'node:fs';
import { tap } from '@flyloft/common';
import { LoadFailure } from '../../load-failure.ts';
import { MAX_ROW_BYTES, ROW_TOO_LONG } from '../limits.ts';

const NEWLINE = 10;

/** Looked at at a time: less than what is looked for, so that only the ends of a piece matter. */
const PIECE_BYTES = MAX_ROW_BYTES / 4;

/**
 * Watches for text without a line end for longer than a row may be. DuckDB leaves such a row out without a word when
 * it is the last of its file (1.5.6), so it must not get there. Rows that are long by the line ends in their cells
 * are refused by DuckDB.
 */
export function longRows() {
  let [passed, began] = [0, 0];
  let found: number | undefined;
  const look = (piece: Buffer) => {
    const first = piece.indexOf(NEWLINE);
    const end = passed + (first === -1 ? piece.length : first);
    if (found === undefined && end - began > MAX_ROW_BYTES) found = began;
    if (first !== -1) began = passed + piece.lastIndexOf(NEWLINE) + 1;
    passed += piece.length;
  };
  return {
    stream: tap((chunk) => {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) look(chunk.subarray(at, at + PIECE_BYTES));
    }),
    /** Where the first of them begins. */
    foundAt: () => found,
  };
}

async function linesBefore(path: string, offset: number): Promise<number> {
  let lines = 0;
  if (offset === 0) return lines;
  for await (const chunk of createReadStream(path, { end: offset - 1 })) {
    // a stream without an encoding gives buffers
    const bytes = chunk as Buffer;
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  }
  return lines;
}

/** @throws {LoadFailure} `data_invalid`, when a row of the file was found to be too long. */
export async function refuseLongRow(name: string, path: string, offset: number | undefined): Promise<void> {
  if (offset === undefined) return;
  const line = (await linesBefore(path, offset)) + 1;
  throw new LoadFailure(
    'data_invalid',
    `The data of "${name}" is not valid: line ${line}: ${ROW_TOO_LONG}.`,
    [
      {
        resource: name,
        line,
        rule: 'row-length',
        message: ROW_TOO_LONG,
        suggestion: 'check the line ends and quotes before it',
      },
    ],
  );
}
