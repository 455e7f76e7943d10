import { describe, expect, it } from '@jest/globals';
import { reportLines } from './show-report.ts';

const report = {
  status: 'fail',
  progress: 0,
  rows_total: null,
  error: 'The data of "facts" is not valid.',
  code: 'data_invalid',
  errors: [
    {
      resource: 'facts',
      row: 2,
      line: 3,
      column: 'amount',
      value: 'x'.repeat(100),
      rule: 'number',
      message: `"${'x'.repeat(100)}" is not a valid number`,
      suggestion: 'write a number such as 1200.50',
    },
    { rule: 'descriptor', message: '/name: is missing\u001b[31m' },
  ],
  errors_total: 2,
  warnings: ['The column "extra" was left out.'],
};

describe('the report of a load', () => {
  it('is a table where it fits, with every message and suggestion whole', () => {
    const text = reportLines(report, Number.POSITIVE_INFINITY).join('\n');
    expect(text).toMatch(/facts +2 +3 +amount +x{59}… +"x{100}" is not a valid number +write a number/);
    expect(text).toContain('! The column "extra" was left out.');
  });

  it('is a list on a narrow screen, with the same in it', () => {
    expect(reportLines(report, 60).join('\n')).toContain(
      [
        '  facts, row 2, line 3, column amount',
        `    "${'x'.repeat(100)}" is not a valid number`,
        '    → write a number such as 1200.50',
        '    /name: is missing�[31m',
      ].join('\n'),
    );
  });
});
