import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { freeUsername, usernameStem } from './username.ts';

describe('usernames made from e-mail addresses', () => {
  it('are always of the form that the database demands, however odd the address', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(2_000), (local, taken) => {
        let asked = 0;
        const name = freeUsername(usernameStem(`${local}@example.org`), () => asked++ < taken);
        expect(name).toMatch(/^[a-z0-9][a-z0-9_-]{2,31}$/);
      }),
    );
  });
});
