import { describe, expect, it } from '@jest/globals';
import { createClaimsCache } from './claims-cache.ts';

describe('createClaimsCache', () => {
  it('never holds more than its bound and forgets the least recently used first', () => {
    const cache = createClaimsCache<number>(2, () => 0);
    cache.set('a', 1, 10);
    cache.set('b', 2, 10);
    cache.get('a');
    cache.set('c', 3, 10);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size()]).toEqual([1, undefined, 3, 2]);
  });

  it('forgets an entry at the end of its life, not a moment later', () => {
    const clock = { now: 9 };
    const cache = createClaimsCache<number>(2, () => clock.now);
    cache.set('a', 1, 10);
    expect(cache.get('a')).toBe(1);
    clock.now = 10;
    expect(cache.get('a')).toBeUndefined();
    expect(cache.size()).toBe(0);
  });
});
