import { expect, it } from '@jest/globals';
import { createTurns } from './turns.ts';

const HALF = 512 * 1024;

/** Work that ends when it is told to, and notes that it began. */
function createWork() {
  const began: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (name: string) => () => {
    began.push(name);
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  return { began, work, end: (name: string) => ends.get(name)?.() };
}

it('lets small bodies in by their size and in their order, whatever large ones do', async () => {
  const { began, work, end } = createWork();
  const turns = createTurns();
  const take = (name: string, size: number, isLarge = false) =>
    turns.take({ size, isLarge }, work(name)).catch(() => name);
  const all = [
    take('first', HALF),
    take('second', HALF),
    take('third', HALF),
    take('tiny', 1),
    ...['large', 'larger', 'largest'].map((name) => take(name, 10 * HALF, true)),
  ];
  await Promise.resolve();
  // `tiny` would fit once there is any room, but comes after `third`.
  expect(began).toEqual(['first', 'second', 'large', 'larger']);
  end('second');
  await all[1];
  expect(began).toEqual(['first', 'second', 'large', 'larger', 'third']);
  end('first');
  await all[0];
  expect(began.slice(5)).toEqual(['tiny']);
  end('larger');
  await all[5];
  expect(began.slice(6)).toEqual(['largest']);
  for (const name of ['third', 'tiny', 'large', 'largest']) end(name);
  expect((await Promise.all(all)).sort()).toEqual(
    ['first', 'large', 'larger', 'largest', 'second', 'third', 'tiny'].sort(),
  );
});

it('goes on after work that fails', async () => {
  const turns = createTurns();
  const fail = async () => {
    throw new Error('refused');
  };
  const body = { size: 4 * HALF, isLarge: false };
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => turns.take(body, fail)));
  expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('rejected'));
  expect(await turns.take(body, async () => 'done')).toBe('done');
});
