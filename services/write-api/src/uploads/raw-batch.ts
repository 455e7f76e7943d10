import type { RecordError } from '@flyloft/data-sets';

/** Records as they were sent, some of an upload; each with its place in it. */
export interface RawBatch {
  readonly raws: readonly unknown[];
  /** Of each raw record: its index, or its row in a table. */
  readonly places: readonly number[];
  /** What was wrong before there was a record; `record` is the place. */
  readonly errors: readonly RecordError[];
}

/** Records that go into one statement. */
const BATCH_SIZE = 1_000;

export type Element = { readonly place: number } & (
  | { readonly raw: unknown }
  | { readonly error: Omit<RecordError, 'record'> }
);

/** Cuts a stream of elements into batches. */
export async function* inBatches(elements: AsyncIterable<Element>): AsyncGenerator<RawBatch> {
  let raws: unknown[] = [];
  let places: number[] = [];
  let errors: RecordError[] = [];
  for await (const element of elements) {
    if ('error' in element) {
      errors.push({ record: element.place, ...element.error });
    } else {
      raws.push(element.raw);
      places.push(element.place);
    }
    if (raws.length + errors.length === BATCH_SIZE) {
      yield { raws, places, errors };
      raws = [];
      places = [];
      errors = [];
    }
  }
  yield { raws, places, errors };
}
