import { together } from '../together.ts';

/**
 * Reads rows by key, those that are asked for in one turn of the event loop by one statement: a busy service
 * asks the database once for many requests. Nothing is kept: what is asked now is read now.
 */
export function readTogether<Row>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
): (key: string) => Promise<Row | undefined> {
  return together(async (keys) => {
    const rows = await read([...new Set(keys)]);
    return keys.map((key) => rows.get(key));
  });
}
