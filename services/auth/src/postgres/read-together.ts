import DataLoader from 'dataloader';

/** A batch is one statement; more than this wait for the next. */
const MOST_KEYS = 200;

/**
 * Reads rows by key, those that are asked for in one turn of the event loop by one statement: a busy service
 * asks the database once for many requests. Nothing is kept: what is asked now is read now.
 */
export function readTogether<Row>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Row>>,
): (key: string) => Promise<Row | undefined> {
  const loader = new DataLoader<string, Row | undefined>(
    async (keys) => {
      const rows = await read([...new Set(keys)]);
      return keys.map((key) => rows.get(key));
    },
    { cache: false, maxBatchSize: MOST_KEYS, batchScheduleFn: (run) => void setImmediate(run) },
  );
  return (key) => loader.load(key);
}
