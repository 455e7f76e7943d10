import type { DataSet } from '../catalogue/data-set.ts';
import type { DataRecord } from '../records/record.ts';
import type { RecordStore } from './store.ts';

type Upsert = RecordStore['upsert'];

interface Waiting {
  readonly records: readonly DataRecord[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

interface Lane {
  readonly waiting: Waiting[];
  inFlight: number;
}

/** Two writes at once keep a database busy while the answer to one is on its way; more would each be smaller. */
const MOST_IN_FLIGHT = 2;

const MOST_RECORDS = 1_000;

/** A batch of this size gains nothing by waiting for others. */
const LARGE = MOST_RECORDS / 2;
const MOST_LARGE_IN_FLIGHT = 4;

/** The batches that go into the next statement: at least one, and as many as fit. */
function takeBatches(waiting: Waiting[]): Waiting[] {
  let records = 0;
  let count = 0;
  for (const batch of waiting) {
    if (count > 0 && records + batch.records.length > MOST_RECORDS) break;
    records += batch.records.length;
    count += 1;
  }
  return waiting.splice(0, count);
}

async function settle(batch: Waiting, write: Promise<void>): Promise<void> {
  await write.then(batch.resolve, batch.reject);
}

/**
 * Lets batches of one data set that wait for each other share one statement and one commit: single
 * records by HTTP then cost what their request costs (data-sets.md A7). Each caller has its own outcome: where
 * the shared statement fails, every batch is tried alone. A batch stays whole, because a statement is.
 */
export function coalesceUpserts(upsert: Upsert): Upsert {
  const lanes = new Map<string, Lane>();

  const writeNext = async (dataSet: DataSet, lane: Lane): Promise<void> => {
    const batches = takeBatches(lane.waiting);
    const shared = upsert(
      dataSet,
      batches.flatMap(({ records }) => records),
    );
    if (batches.length === 1) {
      for (const batch of batches) await settle(batch, shared);
      return;
    }
    try {
      await shared;
      for (const { resolve } of batches) resolve();
    } catch {
      for (const batch of batches) await settle(batch, upsert(dataSet, batch.records));
    }
  };

  const run = async (dataSet: DataSet, lane: Lane): Promise<void> => {
    lane.inFlight += 1;
    while (lane.waiting.length > 0) await writeNext(dataSet, lane);
    lane.inFlight -= 1;
    if (lane.inFlight === 0) lanes.delete(dataSet.id);
  };

  return (dataSet, records) =>
    new Promise((resolve, reject) => {
      const lane = lanes.get(dataSet.id) ?? { waiting: [], inFlight: 0 };
      lanes.set(dataSet.id, lane);
      lane.waiting.push({ records, resolve, reject });
      const most = records.length < LARGE ? MOST_IN_FLIGHT : MOST_LARGE_IN_FLIGHT;
      if (lane.inFlight < most) void run(dataSet, lane);
    });
}
