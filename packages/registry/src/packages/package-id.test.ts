import { describe, expect, it } from '@jest/globals';
import { cubeFilesPrefix, parsePackageId } from './package-id.ts';

describe('package ids', () => {
  it('are an owner and a name', () => {
    expect(parsePackageId('0123abcd:boost-moldova')).toEqual({ owner: '0123abcd', name: 'boost-moldova' });
  });

  it.each(['', 'ann', 'ann:', ':x', 'ann:X', 'ann:a:b', 'ann:../x', 'ann:a/b', '_x:a', 'ann: a'])(
    'are not %j',
    (id) => {
      expect(() => parsePackageId(id)).toThrow(RangeError);
    },
  );

  it('give each attempt a place of its own that no upload can reach', () => {
    expect(cubeFilesPrefix('ann:budget', 'l1', 2)).toBe('_cubes/ann/budget/l1/2/');
  });
});
