import { type DataSet, type DataSets, type WrittenRange, writtenRange } from '@flyloft/data-sets';
import type { TransformCaller } from './transform-caller.ts';

/** How long a list of transforms that another replica changed may go unseen: single-record writers are many. */
const REMEMBERED_MILLISECONDS = 1_000;

/**
 * Data sets whose writes are noted for their transforms before they are acknowledged: an acknowledged
 * write is never forgotten by them, whatever becomes of this process or of the queue.
 */
export function watchWrites(dataSets: DataSets, call: TransformCaller, clock = Date.now): DataSets {
  const { store, transforms } = dataSets;
  const watched = new Map<string, { readonly isWatched: boolean; readonly until: number }>();

  const hasTransforms = async (dataSet: DataSet): Promise<boolean> => {
    const known = watched.get(dataSet.id);
    if (known !== undefined && clock() < known.until) return known.isWatched;
    const isWatched = (await transforms.list(dataSet)).some(({ definition }) => definition.after_writes);
    watched.set(dataSet.id, { isWatched, until: clock() + REMEMBERED_MILLISECONDS });
    return isWatched;
  };
  const note = async (dataSet: DataSet, range: WrittenRange | undefined) => {
    if (range !== undefined && (await hasTransforms(dataSet))) call(await transforms.mark(dataSet, range, 0));
  };

  return {
    ...dataSets,
    transforms: {
      ...transforms,
      replace: async (dataSet, definitions) => {
        await transforms.replace(dataSet, definitions);
        watched.delete(dataSet.id);
      },
    },
    store: {
      ...store,
      upsert: async (dataSet, records) => {
        await store.upsert(dataSet, records);
        await note(dataSet, writtenRange(records));
      },
      upsertAll: async (dataSet, batches, receipt) => {
        // Its transaction has marked them.
        const outcome = await store.upsertAll(dataSet, batches, receipt);
        if (outcome.kind === 'stored') call(outcome.calls);
        return outcome;
      },
      modify: async (dataSet, id, change) => {
        let range: WrittenRange | undefined;
        const isThere = await store.modify(dataSet, id, (record) => {
          const changed = change(record);
          range = writtenRange([record, changed]);
          return changed;
        });
        await note(dataSet, range);
        return isThere;
      },
    },
  };
}
