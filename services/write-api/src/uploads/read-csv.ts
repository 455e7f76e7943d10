import { Readable } from 'node:stream';
import { RecordRefusal } from '@flyloft/data-sets';
import { CsvError, parse } from 'csv-parse';
import { cellValue } from './cells.ts';
import { beyondLimit, UPLOAD_LIMITS } from './limits.ts';
import type { Element } from './raw-batch.ts';
import { readTable } from './read-table.ts';
import { utf8Text } from './utf8-text.ts';

async function* rowsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const parser = parse({
    // Only lines that begin with it: a # inside of a cell is text.
    comment: '#',
    comment_no_infix: true,
    max_record_size: UPLOAD_LIMITS.rowCharacters,
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
  });
  const source = Readable.from(utf8Text(chunks), { objectMode: false });
  source.once('error', (error) => parser.destroy(error));
  try {
    yield* source.pipe(parser);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    if (error.code === 'CSV_MAX_RECORD_SIZE') {
      throw beyondLimit(`A row holds more than ${UPLOAD_LIMITS.rowCharacters} characters`);
    }
    throw new RecordRefusal([{ record: 0, key: null, code: 'unreadable_file', message: error.message }]);
  } finally {
    source.destroy();
  }
}

/** CSV by the rules of the original's upload (data-sets.md A3). */
export function readCsv(chunks: AsyncIterable<Buffer>): AsyncGenerator<Element> {
  return readTable({
    rows: rowsOf(chunks),
    isBlank: (cell) => cell === '',
    toValue: (cell) => cellValue(String(cell)),
    kind: 'CSV',
  });
}
