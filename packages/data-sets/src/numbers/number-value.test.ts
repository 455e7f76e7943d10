import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  addNumbers,
  compareNumbers,
  divideNumbers,
  numberText,
  readNumber,
  roundSum,
} from './number-value.ts';

describe('numbers', () => {
  it('are doubles where a double says the same, and decimals where it does not', () => {
    expect(readNumber('0.1')).toBe(0.1);
    expect(readNumber('0.30000000000000004')).toBe(0.30000000000000004);
    expect(readNumber('-0')).toBe(0);
    expect(numberText(readNumber('12345678901234567.89'))).toBe('12345678901234567.89');
    expect(numberText(readNumber('1234567890.12345678901'))).toBe('1234567890.12345678901');
  });

  it('survive their text, whatever their digits', () => {
    const cents = fc.tuple(fc.maxSafeInteger(), fc.nat(999_999)).map(([whole, part]) => `${whole}.${part}1`);
    fc.assert(
      fc.property(
        fc.oneof(cents, fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)),
        (literal) => {
          const number = readNumber(literal);
          expect(compareNumbers(readNumber(numberText(number)), number)).toBe(0);
        },
      ),
    );
  });

  it('add up without drift', () => {
    expect(addNumbers(0.1, 0.2)).toBe(0.3);
    expect(numberText(addNumbers(9_007_199_254_740_991, 2))).toBe('9007199254740993');
    const many = Array.from({ length: 1_000 }, () => readNumber('0.01'));
    expect(many.reduce(addNumbers, 0)).toBe(10);
    expect(roundSum(readNumber('1e-40'))).toBe(0);
  });

  it('divide exactly where it ends within 20 digits, else to 20', () => {
    expect(divideNumbers(3, 2)).toBe(1.5);
    expect(numberText(divideNumbers(1, 3))).toBe('0.33333333333333333333');
    expect(numberText(divideNumbers(2, 3))).toBe('0.66666666666666666667');
    expect(numberText(divideNumbers(readNumber('180143985094819.83'), 2))).toBe('90071992547409.915');
    expect(numberText(divideNumbers(readNumber('1e-10'), 3))).toBe('3.3333333333333333333e-11');
    expect(numberText(divideNumbers(readNumber('9007199254740991000'), 7))).toBe('1286742750677284428.6');
    expect(divideNumbers(0, 5)).toBe(0);
  });
});
