import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LosslessNumber } from 'lossless-json';
import { parseJsonExactly } from './parse-json.ts';

const digits = (min: number, max: number) =>
  fc.stringMatching(/^[1-9]\d*$/).filter((text) => text.length >= min && text.length <= max);

it('keeps every digit of a long number, wherever in the text it stands', () => {
  fc.assert(
    fc.property(fc.nat(40), digits(1, 8), fc.integer({ min: 15, max: 40 }), (blanks, whole, count) => {
      const literal = `${whole}.${'1234567890'.repeat(4).slice(0, count - whole.length)}`;
      const parsed = parseJsonExactly(`${' '.repeat(blanks)}[${literal}]`);
      expect(parsed).toEqual([literal.length > 15 ? new LosslessNumber(literal) : Number(literal)]);
    }),
  );
});
