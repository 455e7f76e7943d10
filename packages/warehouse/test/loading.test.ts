import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { failureOf, loadTable, openWorkbench, type Workbench } from './tables.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

const field = (name: string, type: string, more: Record<string, unknown> = {}) => ({ name, type, ...more });
const schema = (...fields: Record<string, unknown>[]) => ({ schema: { fields } });

describe('a table that is valid', () => {
  it('becomes typed columns, with the row number and the order of the file', async () => {
    const { columns, rows } = await loadTable(
      bench,
      'day,amount,ok,year\n2014-01-31,10.50,true,2014\n2014-02-28,,false,\n',
      schema(field('day', 'date'), field('amount', 'number'), field('ok', 'boolean'), field('year', 'year')),
    );
    expect(columns).toEqual({ day: 'DATE', amount: 'DECIMAL(18, 2)', ok: 'BOOLEAN', year: 'INTEGER' });
    expect(rows).toEqual([
      ['1', '2014-01-31', '10.50', true, 2014],
      ['2', '2014-02-28', null, false, null],
    ]);
  });

  it('matches trimmed header names in any order and warns of columns that are not declared', async () => {
    const { rows, warnings } = await loadTable(
      bench,
      '\uFEFF extra , b ,a\r\nx,2,1\r\n',
      schema(field('a', 'integer'), field('b', 'integer')),
    );
    expect(rows).toEqual([['1', '1', '2']]);
    expect(warnings).toEqual([expect.stringContaining('"extra"')]);
  });

  it('does not hold a part of a key to be unique when the rest of it is no field, and warns', async () => {
    const keyed = {
      schema: { fields: [field('a', 'integer'), field('b', 'integer')], primaryKey: ['a', 'none'] },
    };
    const { rows, warnings } = await loadTable(bench, 'a,b\n1,1\n1,2\n', keyed);
    expect(rows).toHaveLength(2);
    expect(warnings).toEqual([expect.stringContaining('(a, none)')]);
  });

  it('takes the precision that each column needs, and keeps every digit', async () => {
    const long = '12345678901234567890123456789012.345678';
    const { columns, rows } = await loadTable(
      bench,
      `short,long,small,padded\n1.5,${long},1e-3,1.500000000000000000000000\n-999999999999999.25,-1,12.5E2,2\n`,
      schema(...['short', 'long', 'small', 'padded'].map((name) => field(name, 'number'))),
    );
    expect(columns).toEqual({
      short: 'DECIMAL(18, 2)',
      long: 'DECIMAL(38, 6)',
      small: 'DECIMAL(18, 3)',
      padded: 'DECIMAL(18, 1)',
    });
    expect(rows).toEqual([
      ['1', '1.50', long, '0.001', '1.5'],
      ['2', '-999999999999999.25', '-1.000000', '1250.000', '2.0'],
    ]);
  });

  it('reads numbers as they are declared: group and decimal characters, currency signs', async () => {
    const { rows } = await loadTable(bench, '# exported\n\na;b\n1.000,5;€ 12\n2,25;7 EUR\n', {
      ...schema(
        field('a', 'number', { decimalChar: ',', groupChar: '.' }),
        field('b', 'number', { bareNumber: false }),
      ),
      dialect: { delimiter: ';', commentChar: '#' },
    });
    expect(rows).toEqual([
      ['1', '1000.50', '12'],
      ['2', '2.25', '7'],
    ]);
  });

  it('finds undeclared types over the whole file: a late word makes the column text, a leading zero too', async () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `${index},${index}.5,01,2014-01-01`);
    const { columns } = await loadTable(bench, `whole,part,code,late\n${lines.join('\n')}\n1,2,02,never\n`);
    expect(columns).toEqual({ whole: 'BIGINT', part: 'DECIMAL(18, 1)', code: 'VARCHAR', late: 'VARCHAR' });
  });

  it('reports progress that never falls and ends at the exact number of rows', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index},text ${index}`);
    const { progress, rows } = await loadTable(bench, `a,b\n${lines.join('\n')}\n`);
    expect(progress.at(-1)).toBe(20_000);
    expect([...progress].sort((a, b) => a - b)).toEqual(progress);
    expect(rows.every(([id], index) => Number(id) === index + 1)).toBe(true);
  });

  it('treats the declared missing values and blanks as no value', async () => {
    const { rows } = await loadTable(bench, 'a,b\nNA,""\n1,NA\n', {
      schema: { fields: [field('a', 'integer'), field('b', 'string')], missingValues: ['NA'] },
    });
    expect(rows).toEqual([
      ['1', null, null],
      ['2', '1', null],
    ]);
  });
});

describe('a bad cell or row', () => {
  // line 1 is the header; the quoted line end, blank lines and lines of spaces must not shift the count
  const before = 'n,text,day\n1,"two\nlines",2014-01-01\n\n   \n';
  const fields = schema(field('n', 'integer'), field('text', 'string'), field('day', 'date'));

  it.each([
    ['a word for a number', 'x,b,2014-01-01', { column: 'n', value: 'x', rule: 'integer' }],
    ['a fraction for an integer', '1.5,b,2014-01-01', { column: 'n', value: '1.5', rule: 'integer' }],
    ['an underscore in a number', '1_0,b,2014-01-01', { column: 'n', value: '1_0', rule: 'integer' }],
    [
      'a day that is not in the calendar',
      '1,b,2014-02-30',
      { column: 'day', value: '2014-02-30', rule: 'date' },
    ],
    ['a short row', '1,b', { value: '1,b', rule: 'ragged-row' }],
    ['a long row', '1,b,2014-01-01,c', { value: '1,b,2014-01-01,c', rule: 'ragged-row' }],
    ['an open quote', '1,"b,2014-01-01', { rule: 'quotes' }],
  ])('is named with its row, line and value: %s', async (_what, line, expected) => {
    const failure = await failureOf(bench, `${before}${line}\n`, fields);
    expect(failure.code).toBe('data_invalid');
    expect(failure.problems[0]).toMatchObject({ resource: 'data', row: 2, line: 6, ...expected });
    expect(failure.message).toContain('row 2 (line 6)');
  });

  it('is reported with all others, in the order of the file', async () => {
    const rows = ['x,a,2014-01-01', '1,b', '2,c,tomorrow', '3,d,2014-01-01,e', '4,f,2014-01-01', 'y,g,never'];
    const failure = await failureOf(bench, `${before}${rows.join('\n')}\n`, fields);
    expect(failure.total).toBe(6);
    expect(failure.problems.map(({ row, line, rule }) => [row, line, rule])).toEqual([
      [2, 6, 'integer'],
      [3, 7, 'ragged-row'],
      [4, 8, 'date'],
      [5, 9, 'ragged-row'],
      [7, 11, 'integer'],
      [7, 11, 'date'],
    ]);
  });

  it('is found behind the same things in a file with the line ends of Windows', async () => {
    const failure = await failureOf(bench, `${before}x,a,2014-01-01\n`.replaceAll('\n', '\r\n'), fields);
    expect(failure.problems).toEqual([expect.objectContaining({ row: 2, line: 6, column: 'n', value: 'x' })]);
  });

  it('that cannot be told from the others, by two kinds of line ends, fails with a sentence', async () => {
    const failure = await failureOf(bench, 'n,text,day\n1,a,2014-01-01\r\n2,b\n\n3,c,2014-01-01\r\n', fields);
    expect(failure.code).toBe('data_invalid');
  });

  it('is found when it is not UTF-8, also in a column of plain text', async () => {
    const content = Buffer.concat([
      Buffer.from('n,text,day\n1,caf'),
      Buffer.from([0xe9]),
      Buffer.from(',2014-01-01\n'),
    ]);
    const failure = await failureOf(bench, content, fields);
    expect(failure.problems[0]).toMatchObject({ row: 1, line: 2, rule: 'encoding' });
    expect(failure.problems[0]?.suggestion).toContain('windows-1252');
  });

  it('behind a row that is not UTF-8 is still found on its row', async () => {
    const line = (text: Buffer) => Buffer.concat([Buffer.from('1,'), text, Buffer.from(',2014-01-01\n')]);
    const content = Buffer.concat([
      Buffer.from('n,text,day\n'),
      line(Buffer.from([0xe9])),
      line(Buffer.from('x')),
      Buffer.from('y,x,2014-01-01\n'),
    ]);
    const failure = await failureOf(bench, content, fields);
    expect(failure.problems.map(({ row, line: at, rule }) => [row, at, rule])).toEqual([
      [1, 2, 'encoding'],
      [3, 4, 'integer'],
    ]);
  });

  it.each([
    ['required', { required: true }, '1,,2014-01-01', undefined],
    ['enum', { enum: ['a', 'b'] }, '1,c,2014-01-01', 'c'],
    ['pattern', { pattern: '[a-z]+' }, '1,A1,2014-01-01', 'A1'],
    ['minLength', { minLength: 3 }, '1,ab,2014-01-01', 'ab'],
    ['maxLength', { maxLength: 3 }, '1,abcd,2014-01-01', 'abcd'],
  ])('breaks the constraint %s', async (rule, constraints, line, value) => {
    const text = schema(
      field('n', 'integer'),
      field('text', 'string', { constraints }),
      field('day', 'date'),
    );
    const failure = await failureOf(bench, `n,text,day\n${line}\n`, text);
    expect(failure.problems).toEqual([expect.objectContaining({ row: 1, line: 2, column: 'text', rule })]);
    expect(failure.problems[0]?.value).toBe(value);
  });

  it('breaks a minimum or maximum by value, not by text', async () => {
    const bounded = schema(field('n', 'integer', { constraints: { minimum: 9, maximum: 100 } }));
    const failure = await failureOf(bench, 'n\n10\n8\n101\n', bounded);
    expect(failure.problems.map(({ row, rule }) => [row, rule])).toEqual([
      [2, 'minimum'],
      [3, 'maximum'],
    ]);
  });

  it.each([
    ['a number', '9'.repeat(39), 'number'],
    ['a whole number', '9'.repeat(39), 'integer'],
    ['an exponent', '1e50', 'number'],
    ['a column without a type', '9'.repeat(39), 'any'],
  ])('of more digits than can be exact fails, on its row: %s', async (_what, value, type) => {
    const failure = await failureOf(bench, `n\n1\n${value}\n`, schema(field('n', type)));
    expect(failure.problems).toEqual([
      expect.objectContaining({ resource: 'data', row: 2, line: 3, column: 'n', value, rule: 'digits' }),
    ]);
    expect(failure.problems[0]?.suggestion).toContain('round');
  });

  it('that has too many digits together with another only is named with that', async () => {
    const failure = await failureOf(bench, `n\n${'9'.repeat(38)}\n5\n0.25\n`, schema(field('n', 'number')));
    expect(failure.problems.map(({ row, rule }) => [row, rule])).toEqual([
      [1, 'digits'],
      [3, 'digits'],
    ]);
  });

  it('with too many digits is told of together with everything else, in the order of the file', async () => {
    const fields = [field('a', 'number'), field('b', 'number'), field('c', 'string')];
    const csv = `a,b,c\n1,2\n${'9'.repeat(39)},x,\n1e50,${'8'.repeat(40)},\n`;
    const failure = await failureOf(bench, csv, schema(...fields));
    expect(failure.problems.map(({ row, column, rule }) => [row, column, rule])).toEqual([
      [1, undefined, 'ragged-row'],
      [2, 'b', 'number'],
      [2, 'a', 'digits'],
      [3, 'a', 'digits'],
      [3, 'b', 'digits'],
    ]);
  });

  it('counts beyond what is reported', async () => {
    const failure = await failureOf(bench, `n\n${'x\n'.repeat(10_050)}`, schema(field('n', 'integer')));
    expect(failure.total).toBe(10_050);
    expect(failure.problems).toHaveLength(10_000);
  });
});

describe('a header that does not fit', () => {
  it('names the missing column', async () => {
    const failure = await failureOf(bench, 'a\n1\n', schema(field('a', 'integer'), field('b', 'integer')));
    expect(failure.problems).toEqual([
      expect.objectContaining({ column: 'b', rule: 'missing-column', line: 1 }),
    ]);
  });

  it.each([
    ['what the header has', 'x,a\n1,1\n', 'the header has "x", "a"'],
    [
      'a name that is nearly the same',
      'a,amuont\n1,1\n',
      'the header has "amuont": correct it there, or in the schema',
    ],
    ['another delimiter', 'a;amount\n1;1\n', 'declare "dialect": {"delimiter": ";"}'],
    ['tabs', 'a\tamount\n1\t1\n', 'declare "dialect": {"delimiter": "\\t"}'],
    [
      'UTF-16',
      Buffer.from('a,amount\n1,1\n', 'utf16le'),
      'declare the encoding, such as "encoding": "utf-16le"',
    ],
    ['a PDF', '%PDF-1.4\n%\n', 'this is a PDF and no table: save its table as CSV'],
    [
      'a workbook under another name',
      Buffer.from('PK\u0003\u0004\u0014\0\n'),
      'this is a workbook or a zip file: a workbook is read when its name ends in .xlsx',
    ],
    [
      'a page of the web',
      '<!DOCTYPE html>\n<p>Gone</p>\n',
      'this is a page of the web and no table: check its address',
    ],
  ])('says what to do: %s', async (_what, file, suggestion) => {
    const failure = await failureOf(bench, file, schema(field('a', 'integer'), field('amount', 'integer')));
    expect(failure.problems.at(-1)).toMatchObject({ column: 'amount', suggestion });
  });

  it.each([
    ['subset', 'a,b,c', true],
    ['subset', 'a', false],
    ['superset', 'a', true],
    ['superset', 'a,c', false],
    ['superset', 'c', false],
    ['partial', 'b,c', true],
    ['partial', 'c', false],
    ['equal', 'b,a', true],
    ['equal', 'a,b,c', false],
    ['exact', 'a,b', true],
    ['exact', 'a', false],
  ])('with fieldsMatch %s: the columns %s fit: %s', async (fieldsMatch, header, fits) => {
    const resource = {
      schema: { fields: [field('a', 'string'), field('b', 'string')], fieldsMatch },
    };
    const csv = `${header}\n${header.replaceAll(/\w/g, '1')}\n`;
    if (fits) expect((await loadTable(bench, csv, resource)).rows).toHaveLength(1);
    else expect((await failureOf(bench, csv, resource)).code).toBe('data_invalid');
  });

  it('is refused when nothing is declared and it is one column by the wrong delimiter', async () => {
    const failure = await failureOf(bench, 'region;amount\nnorth;1\n', {});
    expect(failure.problems).toEqual([
      {
        resource: 'data',
        line: 1,
        rule: 'header',
        message: 'it is one column, "region;amount"',
        suggestion: 'declare "dialect": {"delimiter": ";"}, or the column in a "schema"',
      },
    ]);
    const rows = await loadTable(bench, '[{"region;amount": 1}]', { path: 'data.json' });
    expect(rows.rows).toHaveLength(1);
  });

  it('names a declared column that is there twice', async () => {
    const failure = await failureOf(bench, 'a,a\n1,2\n', schema(field('a', 'integer')));
    expect(failure.message).toContain('twice');
  });

  it.each([
    ['an empty file', ''],
    ['a header alone', 'a\n'],
  ])('fails for %s', async (_what, content) => {
    expect((await failureOf(bench, content, schema(field('a', 'integer')))).code).toBe('data_invalid');
  });
});

describe('the sandbox', () => {
  it('reads and writes nothing outside its folders, and its settings are locked', async () => {
    await bench.engine.withSession(async (session) => {
      for (const statement of [
        `SELECT * FROM read_text('/etc/hostname')`,
        `SELECT * FROM read_text('${bench.folder}/../../etc/hostname')`,
        `COPY (SELECT 1) TO '/tmp/flyloft-outside.csv'`,
        `SET memory_limit = '8GB'`,
        `SELECT * FROM read_csv('http://127.0.0.1:9/x.csv')`,
      ]) {
        await expect(session.rows(statement)).rejects.toMatchObject({ kind: 'failed' });
      }
    });
  });

  it('stops a running statement when it is aborted, and every one after it', async () => {
    const controller = new AbortController();
    const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range % 7 = b.range % 3';
    const work = bench.engine.withSession(
      async (session) => {
        const running = session.rows(endless);
        controller.abort();
        await expect(running).rejects.toMatchObject({ kind: 'interrupted' });
        await expect(session.rows('SELECT 1')).rejects.toMatchObject({ kind: 'interrupted' });
      },
      { signal: controller.signal },
    );
    await work;
  });
});

describe("Moldova's budget of 2014", () => {
  const sample = join(import.meta.dirname, '../../../samples/boost-moldova');

  it('loads whole, with factors applied, to the last digit', async () => {
    const descriptor = await readFile(join(sample, 'datapackage.json'), 'utf8');
    const csv = await readFile(join(sample, 'data/boost-moldova-2014.csv'), 'utf8');
    const parsed = JSON.parse(descriptor);
    const { file, model } = await loadTable(bench, csv, parsed.resources[0], { model: parsed.model });
    const cents = (text: string) => {
      const [whole = '', fraction = ''] = text.split('.');
      return BigInt(whole + fraction.padEnd(2, '0')) * 1n;
    };
    const expected = { approved: 0n, adjusted: 0n, executed: 0n };
    for (const line of csv.trim().split('\n').slice(1)) {
      const [approved = '', adjusted = '', executed = ''] = line.trim().split(',').slice(-3);
      expected.approved += cents(approved) * 1000n;
      expected.adjusted += cents(adjusted);
      expected.executed += cents(executed) * 100n;
    }
    await bench.engine.withSession(async (session) => {
      const sums = Object.entries(model.measures).map(
        ([, { column }]) => `CAST(sum("${column}") * 100 AS VARCHAR)`,
      );
      const [row = []] = await session.rows(
        `SELECT count(*), ${sums.join(', ')} FROM read_parquet('${file}')`,
      );
      const [rows, ...found] = row;
      expect(rows).toBe('2000');
      expect(found.map((value) => BigInt(String(value).split('.')[0] ?? ''))).toEqual(
        Object.values(expected),
      );
    });
  });

  it('joins the parts of hierarchical codes and leaves blank parts blank', async () => {
    const parsed = JSON.parse(await readFile(join(sample, 'datapackage.json'), 'utf8'));
    const csv = await readFile(join(sample, 'data/boost-moldova-2014.csv'), 'utf8');
    const { file } = await loadTable(bench, csv, parsed.resources[0], { model: parsed.model });
    await bench.engine.withSession(async (session) => {
      const rows = await session.rows(
        `SELECT func2_code_full, admin2_full, admin4_code_full FROM read_parquet('${file}') WHERE _id = 1`,
      );
      expect(rows).toEqual([['01 - 01.01', 'Central - 101', null]]);
    });
  });
});
