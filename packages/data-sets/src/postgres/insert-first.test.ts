import { expect, it } from '@jest/globals';
import type { DataSet } from '../catalogue/data-set.ts';
import { createInsertFirst } from './insert-first.ts';

// Nothing else of a data set is looked at.
const dataSet = { id: '1' } as DataSet;

/** Batches that are written with care before the next try. */
function pauseOf(insertFirst: ReturnType<typeof createInsertFirst>): number {
  let batches = 0;
  while (!insertFirst.isWorthTrying(dataSet)) batches += 1;
  return batches;
}

it('tries known ids less and less often, and new ones each time', () => {
  const insertFirst = createInsertFirst();
  expect(pauseOf(insertFirst)).toBe(0);
  const pauses = Array.from({ length: 9 }, () => {
    insertFirst.learn(dataSet, 'known');
    return pauseOf(insertFirst);
  });
  expect(pauses).toEqual([32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 4_096]);
  insertFirst.learn(dataSet, 'new');
  expect([pauseOf(insertFirst), pauseOf(insertFirst)]).toEqual([0, 0]);
});
