import { describe, expect, it } from '@jest/globals';
import { idhashOf } from './email.ts';

describe('the idhash', () => {
  it.each(['user@example.com', 'User@Example.com', ' user@example.com '])(
    'of %j is what datahq/auth made of the lower-case address (auth.md 1.4)',
    (email) => {
      expect(idhashOf(email)).toBe('b58996c504c5638798eb6b511e6f49af');
    },
  );
});
