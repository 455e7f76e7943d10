import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { csvText } from './csv-text.ts';
import { exactAverage } from './exact-average.ts';
import { jsonText, rawJson } from './json-text.ts';

describe('JSON text', () => {
  it('keeps digits that a double could not hold, and leaves undefined keys out', () => {
    const exact = rawJson('12345678901234567890.10');
    expect(jsonText({ a: exact, b: undefined, c: ['"', null, true] })).toBe(
      '{"a":12345678901234567890.10,"c":["\\"",null,true]}',
    );
  });

  it('is what JSON.stringify would write for plain values', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        // fast-check's JsonValue and ours describe the same values
        expect(JSON.parse(jsonText(value as never))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('an average', () => {
  it.each([
    ['10.00', 3n, 2, '3.33333333'],
    ['-10.00', 3n, 2, '-3.33333333'],
    ['2', 3n, 0, '0.666667'],
    ['0', 7n, 0, '0.000000'],
    ['99999999999999999999999999999999.99', 1n, 2, '99999999999999999999999999999999.99000000'],
  ])('of %s by %s is exact', (sum, count, scale, expected) => {
    expect(exactAverage(sum, count, scale)).toBe(expected);
  });
});

describe('CSV', () => {
  it('sorts its columns, quotes what needs it, leaves nulls empty, and has a header even when empty', () => {
    expect(csvText(['b', 'a'], [{ a: 'x, "y"', b: null }], { safe: false })).toBe('a,b\r\n"x, ""y""",\r\n');
    expect(csvText(['b', 'a'], [], { safe: true })).toBe('a,b\r\n');
  });

  it('keeps spreadsheets from running text as a formula, and leaves numbers alone', () => {
    const rows = [{ a: '=1+1', b: rawJson('-5.10') }];
    expect(csvText(['a', 'b'], rows, { safe: true })).toBe("a,b\r\n'=1+1,-5.10\r\n");
    expect(csvText(['a', 'b'], rows, { safe: false })).toBe('a,b\r\n=1+1,-5.10\r\n');
  });
});
