import type { Body } from './body.ts';
import { createSlots } from './slots.ts';

/** Lets bodies be read and stored a few at a time, however many have arrived (reliability.md E7). */
export interface Turns {
  readonly take: <T>(body: Pick<Body, 'isLarge' | 'size'>, work: () => Promise<T>) => Promise<T>;
}

/** Each of them takes a batch at a time from its file. */
const LARGE_AT_ONCE = 2;

/**
 * A small body becomes records all at once, of ten times its size: 500 of 20 kB each, beside one large one, took write-api
 * to 292 MB when all of them were stored at the same time, and to 239 in turns. Of batches of 1,000 records this lets half a
 * dozen in, of single ones thousands.
 */
const SMALL_BYTES_AT_ONCE = 1024 * 1024;

export function createTurns(): Turns {
  const large = createSlots(LARGE_AT_ONCE);
  const small = createSlots(SMALL_BYTES_AT_ONCE);
  return {
    take: ({ isLarge, size }, work) => (isLarge ? large.run(1, work) : small.run(size, work)),
  };
}
