import { describe, expect, it } from '@jest/globals';
import { formatTable, formatWhole } from './table.ts';

describe('formatWhole', () => {
  it.each([
    ['0', '0'],
    ['1234567.49', '1,234,567'],
    ['1234567.5', '1,234,568'],
    ['-999.99', '-1,000'],
    ['123456789012345678901234.1', '123,456,789,012,345,678,901,234'],
  ])('shows %s as %s, without losing a digit', (decimal, shown) => {
    expect(formatWhole(decimal)).toBe(shown);
  });
});

describe('formatTable', () => {
  it('aligns columns to their widest cell', () => {
    const columns = [
      { heading: 'a', align: 'left' },
      { heading: 'number', align: 'right' },
    ] as const;
    expect(
      formatTable(columns, [
        ['long', '1'],
        ['b', '22'],
      ]).split('\n'),
    ).toEqual(['    a     number', '    ────  ──────', '    long       1', '    b         22']);
  });
});
