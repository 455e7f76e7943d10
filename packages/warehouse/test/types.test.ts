import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { failureOf, loadTable, openWorkbench, type Workbench } from './tables.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
const column = (type: string, more: Record<string, unknown> = {}) => ({
  schema: { fields: [{ name: 'a', type, ...more }] },
});
const file = (cells: readonly string[]) => `a\n${cells.map(quoted).join('\n')}\n`;

type Row = readonly [
  what: string,
  type: string,
  more: Record<string, unknown>,
  cell: string,
  stored: unknown,
];

describe('a cell of each Table Schema type is stored as it says', () => {
  it.each<Row>([
    ['text', 'string', {}, 'a "quoted" text', 'a "quoted" text'],
    ['an e-mail address', 'string', { format: 'email' }, 'ada@example.org', 'ada@example.org'],
    ['a whole number', 'integer', {}, '-12', '-12'],
    ['a whole number in groups', 'integer', { groupChar: ',' }, '1,234,567', '1234567'],
    ['a number', 'number', {}, '-12.50', '-12.50'],
    ['a number with an exponent', 'number', {}, '1.5e3', '1500'],
    ['a number of another country', 'number', { decimalChar: ',', groupChar: '.' }, '1.234,5', '1234.5'],
    ['a number in Indian groups', 'number', { groupChar: ',' }, '12,34,567.5', '1234567.5'],
    ['a number with a currency', 'number', { bareNumber: false }, '-€5.25', '-5.25'],
    ['a number with a currency behind', 'number', { bareNumber: false }, '5.25 EUR', '5.25'],
    ['a percentage', 'number', { bareNumber: false }, '12.5 %', '12.5'],
    ['a word for true', 'boolean', { trueValues: ['oui'], falseValues: ['non'] }, 'oui', true],
    ['a date', 'date', {}, '2014-02-28', '2014-02-28'],
    ['a date by a pattern', 'date', { format: '%d/%m/%y' }, '28/02/14', '2014-02-28'],
    ['a date by an old pattern', 'date', { format: 'fmt:%d.%m.%Y' }, '28.02.2014', '2014-02-28'],
    ['any date', 'date', { format: 'any' }, '28 Feb 2014', '2014-02-28'],
    ['a date and time', 'datetime', {}, '2014-02-28T23:59:59Z', '2014-02-28 23:59:59'],
    ['a date and time with a zone', 'datetime', {}, '2014-02-28T23:59:59+02:00', '2014-02-28 21:59:59'],
    [
      'a date and time by a pattern',
      'datetime',
      { format: '%d/%m/%Y %H:%M' },
      '28/02/2014 10:30',
      '2014-02-28 10:30:00',
    ],
    ['any date and time', 'datetime', { format: 'any' }, '2014-02-28 10:30', '2014-02-28 10:30:00'],
    ['a time', 'time', {}, '23:59:59', '23:59:59'],
    ['a time by a pattern', 'time', { format: '%I:%M %p' }, '11:30 PM', '23:30:00'],
    ['a year', 'year', {}, '2014', 2014],
    ['a month', 'yearmonth', {}, '2014-02', '2014-02'],
    ['a duration', 'duration', {}, 'P1Y2M3DT4H5M6.5S', 'P1Y2M3DT4H5M6.5S'],
    ['a point', 'geopoint', {}, '28.85, 47.01', '28.85, 47.01'],
    ['a point as an array', 'geopoint', { format: 'array' }, '[28.85, 47.01]', '[28.85, 47.01]'],
    [
      'a point as an object',
      'geopoint',
      { format: 'object' },
      '{"lon": 28.85, "lat": 47}',
      '{"lon": 28.85, "lat": 47}',
    ],
    [
      'a shape',
      'geojson',
      {},
      '{"type":"Point","coordinates":[1,2]}',
      '{"type":"Point","coordinates":[1,2]}',
    ],
    ['an object', 'object', {}, '{"a":[1]}', '{"a":[1]}'],
    ['an array', 'array', {}, '[1,"x"]', '[1,"x"]'],
    ['a list', 'list', { delimiter: ';' }, 'a;b', 'a;b'],
    ['anything', 'any', {}, 'x', 'x'],
    ['its own missing value', 'integer', { missingValues: ['-99'] }, '-99', null],
  ])('%s', async (_what, type, more, cell, stored) => {
    const { rows } = await loadTable(bench, file([cell, cell]), column(type, more));
    expect(rows[0]?.[1]).toEqual(stored);
  });
});

describe('a cell that is none of its type is refused with advice', () => {
  it.each<readonly [string, Record<string, unknown>, string, RegExp]>([
    ['string', { format: 'email' }, 'ada', /ada@example.org/],
    ['integer', {}, '12.5', /"number"/],
    ['integer', {}, ' 12', /spaces/],
    ['integer', { groupChar: '.' }, '1.2', /"number"/],
    ['number', {}, '1,234.5', /^declare "groupChar": ","$/],
    ['number', {}, '1.234.567', /^declare "groupChar": "\.", "decimalChar": ","$/],
    ['number', {}, '1 234,5', /^declare "groupChar": " ", "decimalChar": ","$/],
    ['number', {}, '1,5', /decimalChar/],
    ['number', {}, '€5', /bareNumber/],
    ['number', {}, 'NaN', /missingValues/],
    ['number', { bareNumber: false }, '(5)', /minus/],
    ['number', { decimalChar: ',' }, '1.5', /number/],
    ['number', { decimalChar: ',', groupChar: '.' }, '1.5', /number/],
    ['boolean', {}, 'maybe', /trueValues/],
    ['date', {}, '31/12/2014', /"format": "%d\/%m\/%Y"/],
    ['date', {}, '12.31.2014', /"format": "%m\.%d\.%Y"/],
    ['date', {}, '01/02/2014', /^write a date as YYYY-MM-DD/],
    ['date', {}, '2014-02-30', /YYYY-MM-DD/],
    ['date', { format: 'any' }, '12/31/2014', /pattern/],
    ['date', { format: '%d/%m/%Y' }, '2014-12-31', /%d\/%m\/%Y/],
    ['datetime', {}, '2014-12-31 10:00', /T23:59:59Z/],
    ['time', {}, '25:00:00', /hh:mm:ss/],
    ['year', {}, 'MMXIV', /2014/],
    ['yearmonth', {}, '2014-13', /YYYY-MM/],
    ['duration', {}, 'P', /P1Y6M/],
    ['duration', {}, '1 day', /P1Y6M/],
    ['geopoint', {}, '28.85', /longitude/],
    ['geopoint', {}, '181, 0', /longitude/],
    ['geopoint', { format: 'object' }, '[1,2]', /lon/],
    ['geojson', {}, 'x', /GeoJSON/],
    ['object', {}, '[1]', /JSON/],
    ['array', {}, '{"a":1}', /JSON/],
  ])('%s %j: %s', async (type, more, cell, advice) => {
    const failure = await failureOf(bench, file([cell]), column(type, more));
    expect(failure.problems).toEqual([
      expect.objectContaining({ row: 1, line: 2, column: 'a', rule: type, value: cell }),
    ]);
    expect(failure.problems[0]?.suggestion).toMatch(advice);
  });
});

describe('constraints', () => {
  it.each<readonly [string, string, Record<string, unknown>, string, string]>([
    ['a number equals an allowed one by value', 'number', { enum: [1, '2.50'] }, '2.5', '3'],
    ['a bound itself is outside when exclusive', 'integer', { exclusiveMinimum: 3 }, '4', '3'],
    ['dates are compared as dates', 'date', { maximum: '2014-12-31' }, '2014-12-31', '2015-01-01'],
    ['months are compared as months', 'yearmonth', { minimum: '2014-02' }, '2014-02', '2014-01'],
    ['items of an array are counted', 'array', { maxLength: 2 }, '[1,2]', '[1,2,3]'],
    ['items of a list are counted', 'list', { minLength: 2 }, 'a,b', 'a'],
  ])('%s', async (_what, type, constraints, good, bad) => {
    const failure = await failureOf(bench, file([good, bad]), column(type, { constraints }));
    expect(failure.problems).toEqual([
      expect.objectContaining({ row: 2, rule: Object.keys(constraints)[0] }),
    ]);
  });

  it('suggest the allowed value that was probably meant', async () => {
    const constraints = { enum: ['expenditure', 'revenue'] };
    const failure = await failureOf(bench, file(['Expenditures']), column('string', { constraints }));
    expect(failure.problems[0]?.suggestion).toBe('did you mean "expenditure"?');
  });

  it.each([
    ['a pattern with a back reference', { constraints: { pattern: '(a)\\1' } }, 'constraints/pattern'],
    ['a bound that is no value', { type: 'integer', constraints: { minimum: 'few' } }, 'constraints/minimum'],
    ['a format that strptime does not know', { type: 'date', format: '%Q' }, 'format'],
    ['a format without a pattern', { type: 'date', format: 'DD/MM/YYYY' }, 'format'],
  ])('that cannot be held are the descriptor’s fault: %s', async (_what, more, place) => {
    const failure = await failureOf(bench, file(['x']), column('string', more));
    expect(failure.code).toBe('descriptor_invalid');
    expect(failure.problems[0]?.message).toContain(`schema/fields/0/${place}`);
  });

  it('with a pattern that makes others hang take no time', async () => {
    const constraints = { pattern: '(a+)+b' };
    const failure = await failureOf(bench, file(['a'.repeat(50_000)]), column('string', { constraints }));
    expect(failure.problems[0]?.rule).toBe('pattern');
  });

  it('that are not held are warned of', async () => {
    const { warnings } = await loadTable(
      bench,
      file(['x']),
      column('string', { constraints: { jsonSchema: {} } }),
    );
    expect(warnings).toEqual([expect.stringContaining('"jsonSchema"')]);
  });
});

describe('keys', () => {
  const schema = (more: Record<string, unknown>) => ({
    schema: {
      fields: [
        { name: 'a', type: 'integer' },
        { name: 'b', type: 'string' },
      ],
      ...more,
    },
  });

  it('that repeat are found by value, each with the row that was first', async () => {
    const failure = await failureOf(bench, 'a,b\n1,x\n\n1,y\n01,x\n', schema({ primaryKey: ['a', 'b'] }));
    expect(failure.problems).toEqual([
      expect.objectContaining({ row: 3, line: 5, column: 'a, b', rule: 'primaryKey', value: '1, x' }),
    ]);
    expect(failure.problems[0]?.message).toContain('row 1 (line 2)');
  });

  it('are looked at together with bad cells, in one report', async () => {
    const failure = await failureOf(bench, 'a,b\n1,x\n2,x\nno,y\n1,z\n', schema({ primaryKey: 'a' }));
    expect(failure.problems.map(({ row, rule }) => [row, rule])).toEqual([
      [3, 'integer'],
      [4, 'primaryKey'],
    ]);
    expect(failure.total).toBe(2);
  });

  it('may be blank where they are merely unique', async () => {
    const fields = [
      { name: 'a', type: 'integer' },
      { name: 'b', type: 'string', constraints: { unique: true } },
    ];
    expect((await loadTable(bench, 'a,b\n1,\n2,\n3,x\n', { schema: { fields } })).rows).toHaveLength(3);
    const failure = await failureOf(bench, 'a,b\n1,\n2,x\n3,x\n', { schema: { fields } });
    expect(failure.problems).toEqual([expect.objectContaining({ row: 3, rule: 'unique', column: 'b' })]);
  });
});
