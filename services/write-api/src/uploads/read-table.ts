import { beyondLimit, UPLOAD_LIMITS } from './limits.ts';
import type { Element } from './raw-batch.ts';

/** A column of this name is for people, and is not stored. */
const COMMENT = 'comment';

export interface Table {
  /** Rows from the first on, which has the keys. */
  readonly rows: AsyncIterable<readonly unknown[]>;
  readonly isBlank: (cell: unknown) => boolean;
  readonly toValue: (cell: unknown) => unknown;
  /** How the file is called in messages. */
  readonly kind: 'CSV' | 'Excel';
}

function raggedRow(kind: Table['kind'], more: boolean) {
  const message = `Some rows in the ${kind} file contain ${more ? 'more' : 'fewer'} values than columns`;
  return { key: null, code: 'ragged_row', message } as const;
}

function checkWidth(row: readonly unknown[]): void {
  if (row.length > UPLOAD_LIMITS.columns)
    throw beyondLimit(`There are more than ${UPLOAD_LIMITS.columns} columns`);
  for (const cell of row) {
    if (typeof cell === 'string' && cell.length > UPLOAD_LIMITS.cellCharacters) {
      throw beyondLimit(`A cell holds more than ${UPLOAD_LIMITS.cellCharacters} characters`);
    }
  }
}

/** Rows of a table as records, by the first row's keys (data-sets.md A3). Rows count from 1, the keys' own. */
export async function* readTable({ rows, isBlank, toValue, kind }: Table): AsyncGenerator<Element> {
  let keys: readonly string[] | undefined;
  let place = 0;
  for await (const row of rows) {
    place += 1;
    checkWidth(row);
    if (row.every(isBlank)) continue;
    if (keys === undefined) {
      keys = row.map((cell) => (isBlank(cell) ? '' : String(cell)));
    } else if (row.length !== keys.length) {
      yield { place, error: raggedRow(kind, row.length > keys.length) };
    } else {
      const entries = keys.map((key, index): [string, unknown] => [key, toValue(row[index])]);
      // fromEntries defines what it makes: a column called __proto__ is a key like another, and refused.
      yield { place, raw: Object.fromEntries(entries.filter(([key]) => key !== COMMENT)) };
    }
  }
}
