import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { strToU8, zipSync } from 'fflate';
import iconv from 'iconv-lite';
import { failureOf, loadTable, openWorkbench, type Workbench } from './tables.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

const text = (...names: string[]) => ({
  schema: { fields: names.map((name) => ({ name, type: 'string' })) },
});

/** Rows without their number. */
async function cells(...table: Parameters<typeof loadTable> extends [unknown, ...infer Rest] ? Rest : never) {
  return (await loadTable(bench, ...table)).rows.map(([, ...rest]) => rest);
}

/** A workbook of one sheet with inline texts. */
function workbook(rows: readonly (readonly (string | number | boolean | null)[])[]): Buffer {
  const cell = (value: string | number | boolean | null, place: string) => {
    if (value === null) return '';
    if (typeof value === 'number') return `<c r="${place}"><v>${value}</v></c>`;
    if (typeof value === 'boolean') return `<c r="${place}" t="b"><v>${Number(value)}</v></c>`;
    return `<c r="${place}" t="inlineStr"><is><t>${value}</t></is></c>`;
  };
  const sheet = rows
    .map((row, index) => {
      const line = row.map((value, column) => cell(value, `${String.fromCharCode(65 + column)}${index + 1}`));
      return `<row r="${index + 1}">${line.join('')}</row>`;
    })
    .join('');
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
  const relations = 'http://schemas.openxmlformats.org/package/2006/relationships';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const files = {
    '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="Budget" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${relations}"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${main}"><sheetData>${sheet}</sheetData></worksheet>`,
  };
  return Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([name, xml]) => [name, strToU8(xml)]))),
  );
}

describe('a dialect', () => {
  it.each<readonly [string, Record<string, unknown>, string, string[][]]>([
    ['delimiter', { delimiter: ';' }, 'a;b\n1;2,5\n', [['1', '2,5']]],
    ['a delimiter of two characters', { delimiter: '||' }, 'a||b\n1||2\n', [['1', '2']]],
    ['quoteChar', { quoteChar: "'" }, "a,b\n'x,y','it''s'\n", [['x,y', "it's"]]],
    ['no quoteChar', { quoteChar: null }, 'a,b\n"x,y\n', [['"x', 'y']]],
    [
      'escapeChar',
      { escapeChar: '\\', quoteChar: '"', doubleQuote: false },
      'a,b\n"x\\"y",2\n',
      [['x"y', '2']],
    ],
    ['escapeChar alone', { escapeChar: '\\' }, 'a,b\nx\\,y,2\\\\\n', [['x,y', '2\\']]],
    [
      'lineTerminator',
      { lineTerminator: '|' },
      'a,b|1,2|3,4|',
      [
        ['1', '2'],
        ['3', '4'],
      ],
    ],
    ['header', { header: false }, '1,2\n', [['1', '2']]],
    ['headerRows', { headerRows: [1, 2], headerJoin: '' }, 'a,\n,b\n1,2\n', [['1', '2']]],
    ['commentChar', { commentChar: '#' }, '# it"s\na,b\n#x\n1#5,"#2"\n', [['1#5', '#2']]],
    ['commentRows', { commentRows: [2] }, 'a,b\n(units)\n1,2\n', [['1', '2']]],
    ['skipInitialSpace', { skipInitialSpace: true }, 'a, b\n1, "2, 3"\n', [['1', '2, 3']]],
    ['spaces by the older version', { csvddfVersion: '1.0' }, 'a, b\n1, 2\n', [['1', '2']]],
    ['spaces by the newer version', { csvddfVersion: 1.2 }, 'a, b\n1, 2\n', [['1', ' 2']]],
    ['old spellings', { quotechar: "'", skipinitialspace: true }, "a,b\n1, '2,3'\n", [['1', '2,3']]],
    ['caseSensitiveHeader', { caseSensitiveHeader: false }, 'B,A\n2,1\n', [['1', '2']]],
  ])('is read: %s', async (_what, dialect, content, expected) => {
    expect(await cells(content, { ...text('a', 'b'), dialect })).toEqual(expected);
  });

  it('with a nullSequence has those cells blank', async () => {
    const dialect = { nullSequence: '\\N' };
    expect(await cells('a,b\n\\N,x\n', { ...text('a', 'b'), dialect })).toEqual([[null, 'x']]);
  });

  it('that is converted names the lines of the file itself', async () => {
    const schema = { fields: [{ name: 'a', type: 'integer' }, { name: 'b' }] };
    const content = '# about\n\na, b\n1, "x\ny"\n# more\nno, z\n';
    const failure = await failureOf(bench, content, {
      schema,
      dialect: { commentChar: '#', skipInitialSpace: true },
    });
    expect(failure.problems).toEqual([
      expect.objectContaining({ row: 2, line: 7, column: 'a', value: 'no' }),
    ]);
  });

  it('with a case-sensitive header takes no other case', async () => {
    const failure = await failureOf(bench, 'A\n1\n', {
      ...text('a'),
      dialect: { caseSensitiveHeader: true },
    });
    expect(failure.problems[0]).toMatchObject({ rule: 'missing-column', column: 'a' });
  });
});

describe('an encoding', () => {
  it.each(['windows-1252', 'iso-8859-2', 'cp850', 'macroman', 'utf-16le', 'utf-16be', 'utf-32le'])(
    'is decoded when it is declared: %s',
    async (encoding) => {
      const content = iconv.encode(
        'a\nžluťoučký é\n'.replaceAll(/[žťč]/g, encoding.startsWith('utf') ? 'ž' : 'e'),
        encoding,
      );
      const [[value] = []] = await cells(content, { ...text('a'), encoding });
      expect(value).toMatch(/lu.ou.k. é/);
    },
  );

  it('of UTF-16 is found by its mark, as Excel writes "Unicode text"', async () => {
    const content = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('a\té\r\n1\tž\r\n', 'utf16le')]);
    expect(await cells(content, { path: 'data.tsv', ...text('a', 'é') })).toEqual([['1', 'ž']]);
  });

  it('that nobody knows is refused', async () => {
    const failure = await failureOf(bench, 'a\n1\n', { encoding: 'klingon' });
    expect(failure).toMatchObject({ code: 'resource_invalid', message: expect.stringContaining('klingon') });
  });
});

describe('line ends', () => {
  it.each([
    ['of Windows, and a line feed in a cell', 'a,b\r\n1,"x\ny"\r\n2,z\r\n'],
    ['of both kinds', 'a,b\n1,"x\r\ny"\r\n2,z\n'],
    ['of old Macs', 'a,b\r1,"x\ry"\r2,z\r'],
  ])('%s are the same', async (_what, content) => {
    expect(await cells(content, text('a', 'b'))).toEqual([
      ['1', 'x\ny'],
      ['2', 'z'],
    ]);
  });

  it('survive any cut of the bytes into chunks', async () => {
    const { lineFeeds } = await import('../src/tables/transforms.ts');
    const { Readable } = await import('node:stream');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.stringMatching(/^[a\r\n]{1,4}$/), { maxLength: 20 }), async (chunks) => {
        const joined = await Readable.from(chunks.map((chunk) => Buffer.from(chunk)))
          .pipe(lineFeeds())
          .toArray();
        expect(Buffer.concat(joined).toString()).toBe(chunks.join('').replaceAll(/\r\n?/g, '\n'));
      }),
      { numRuns: 200 },
    );
  });
});

describe('JSON rows', () => {
  const json = (data: string) => [data, { path: 'data.json' }] as const;

  it('of objects are columns by their names, with every digit', async () => {
    const { columns, rows } = await loadTable(
      bench,
      ...json('[{"a": 12345678901234.50, "b": "x\\n, \\"y\\""}, {"b": null, "c": {"d": [1.10]}, "a": 1}]'),
    );
    expect(columns).toMatchObject({ a: 'DECIMAL(18, 2)', b: 'VARCHAR', c: 'VARCHAR' });
    expect(rows).toEqual([
      ['1', '12345678901234.50', 'x\n, "y"', null],
      ['2', '1.00', null, '{"d":[1.10]}'],
    ]);
  });

  it('of lists have their header first', async () => {
    expect(await cells('[["a","b"],[1,"x"],[2,true]]', { path: 'data.json' })).toEqual([
      ['1', 'x'],
      ['2', 'true'],
    ]);
  });

  it('below a property are found there', async () => {
    const content = '{"meta": {"rows": [9]}, "rows": [{"a": 1}, {"a": 2}]}';
    expect(await cells(content, { path: 'data.json', dialect: { property: 'rows' } })).toEqual([
      ['1'],
      ['2'],
    ]);
  });

  it('are checked as cells of CSV are, and have no line', async () => {
    const failure = await failureOf(bench, '[{"a": 1}, {"a": "x"}]', {
      path: 'data.json',
      schema: { fields: [{ name: 'a', type: 'integer' }] },
    });
    expect(failure.problems).toEqual([
      {
        resource: 'data',
        row: 2,
        column: 'a',
        value: 'x',
        rule: 'integer',
        message: expect.any(String),
        suggestion: expect.any(String),
      },
    ]);
  });

  it.each([
    ['that end early', '[{"a": 1}, {"a"', /ends within row 2/],
    ['that are broken', '[{"a": 1}, {"a" 2}]', /row 2 is not valid JSON/],
    ['that are no rows', '[1, 2]', /row 1 is neither/],
    ['of two kinds', '[{"a": 1}, [2]]', /row 2 is an array/],
    ['in an object', '{"rows": []}', /"property"|an object/],
    ['that are nothing', '', /empty/],
  ])('%s are refused with a sentence', async (_what, content, message) => {
    const failure = await failureOf(bench, content, { path: 'data.json' });
    expect(failure.code).toBe('data_invalid');
    expect(failure.message).toMatch(message);
  });

  it('are read the same however their text is cut', async () => {
    const { jsonElements } = await import('../src/tables/json-elements.ts');
    const value = fc.jsonValue({ maxDepth: 2 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        async (rows, size) => {
          const whole = JSON.stringify(rows, null, 1);
          async function* chunks() {
            for (let at = 0; at < whole.length; at += size) yield whole.slice(at, at + size);
          }
          const elements: unknown[] = [];
          for await (const element of jsonElements(chunks(), 'data')) elements.push(JSON.parse(element));
          expect(elements).toEqual(JSON.parse(whole));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('a sheet', () => {
  it('becomes a table, its numbers without the noise of floating point', async () => {
    const rows = [
      ['a', 'b', 'c'],
      [1.1, 'x "y", z', true],
      [0.30000000000000004, null, false],
    ];
    const { columns, rows: found } = await loadTable(bench, workbook(rows), { path: 'data.xlsx' });
    expect(columns).toEqual({ a: 'DECIMAL(18, 1)', b: 'VARCHAR', c: 'BOOLEAN' });
    expect(found).toEqual([
      ['1', '1.1', 'x "y", z', true],
      ['2', '0.3', null, false],
    ]);
  });

  it('names the row of the sheet where a cell is wrong', async () => {
    const failure = await failureOf(bench, workbook([['a'], [1], [null], ['x']]), {
      path: 'data.xlsx',
      schema: { fields: [{ name: 'a', type: 'integer' }] },
    });
    expect(failure.problems).toEqual([expect.objectContaining({ row: 2, line: 4, value: 'x' })]);
  });

  it('is found by its name, and its absence said', async () => {
    const file = workbook([['a'], [1]]);
    expect(await cells(file, { path: 'data.xlsx', dialect: { sheetName: 'Budget' } })).toEqual([['1']]);
    const failure = await failureOf(bench, file, { path: 'data.xlsx', dialect: { sheetName: 'Other' } });
    expect(failure.message).toContain('no sheet "Other"');
  });

  it('that is none is refused', async () => {
    const failure = await failureOf(bench, 'no workbook', { path: 'data.xlsx' });
    expect(failure.code).toBe('resource_invalid');
  });
});

describe('a table in parts', () => {
  const parts = { path: ['a.csv', 'b.csv'] };

  it('is one table, whether the header is repeated or not', async () => {
    expect(await cells(['a,b\n1,x\n', 'a,b\n2,y'], parts)).toEqual([
      ['1', 'x'],
      ['2', 'y'],
    ]);
    expect(await cells(['a,b\n1,x', '2,y\n'], parts)).toEqual([
      ['1', 'x'],
      ['2', 'y'],
    ]);
  });

  it('names the part and its own line', async () => {
    const failure = await failureOf(bench, ['a\n1\n\n', 'a\n2\nx\n'], {
      ...parts,
      schema: { fields: [{ name: 'a', type: 'integer' }] },
    });
    expect(failure.problems).toEqual([expect.objectContaining({ row: 3, line: 3, value: 'x' })]);
    expect(failure.problems[0]?.message).toContain('(in b.csv)');
  });

  it('of another order of columns is refused', async () => {
    const failure = await failureOf(bench, ['a,b\n1,x\n', 'b,a\ny,2\n'], parts);
    expect(failure.message).toContain('another order');
  });
});

it('a wide table is understood, and its mistakes are found', async () => {
  const names = Array.from({ length: 200 }, (_, index) => `c${index}`);
  const rows = (value: string) => `${names.join(',')}\n${`${names.map(() => value).join(',')}\n`.repeat(20)}`;
  const { columns } = await loadTable(bench, rows('1.5'));
  expect(new Set(Object.values(columns))).toEqual(new Set(['DECIMAL(18, 1)']));
  const schema = { fields: names.map((name) => ({ name, type: 'integer' })) };
  const failure = await failureOf(bench, rows('1.5'), { schema });
  expect([failure.total, failure.problems.length]).toEqual([4_000, 4_000]);
});

describe('E10: bombs', () => {
  it.each<readonly [string, () => Buffer, Record<string, unknown>, string]>([
    ['zeros in gzip', () => gzipSync(Buffer.alloc(10_000_000)), { path: 'a.csv.gz' }, 'too_large'],
    [
      'rows in gzip',
      () => gzipSync(Buffer.from(`a\n${'1\n'.repeat(6_000_000)}`)),
      { path: 'a.csv.gz' },
      'too_large',
    ],
    ['a table beyond the limit', () => Buffer.alloc(51_000_000, 'a,b\n'), {}, 'too_large'],
    ['a hundred thousand columns', () => Buffer.from(`${'a,'.repeat(100_000)}a\n1\n`), {}, 'too_large'],
    [
      'a quoted cell of 40 MB',
      () => Buffer.concat([Buffer.from('a\n"'), Buffer.alloc(40_000_000, 'x'), Buffer.from('"\n')]),
      {},
      'data_invalid',
    ],
    [
      'a cell of 1.5 MB',
      () => Buffer.concat([Buffer.from('a,b\n1,'), Buffer.alloc(1_500_000, 'x'), Buffer.from('\n')]),
      {},
      'data_invalid',
    ],
    ['a header of 2 MB', () => Buffer.alloc(2_000_000, 'x'), {}, 'data_invalid'],
    [
      'a row of JSON of 3 MB',
      () => Buffer.from(`[{"a":"${'x'.repeat(3_000_000)}"}]`),
      { path: 'a.json' },
      'data_invalid',
    ],
    [
      'a workbook that is a bomb',
      () => Buffer.from(zipSync({ 'xl/workbook.xml': new Uint8Array(60_000_000) })),
      { path: 'a.xlsx' },
      'too_large',
    ],
    [
      'a workbook with a million shared strings',
      () => {
        const strings = Array.from({ length: 1_000_000 }, (_, number) => `<si><t>string ${number}</t></si>`);
        const xml = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${strings.join('')}</sst>`;
        return Buffer.from(zipSync({ 'xl/sharedStrings.xml': strToU8(xml) }, { level: 1 }));
      },
      { path: 'a.xlsx' },
      'too_large',
    ],
    [
      'a workbook whose entities grow',
      () => {
        const entities = Array.from({ length: 9 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`);
        const xml = `<!DOCTYPE w [<!ENTITY e0 "lol">${entities.join('')}]><workbook>&e9;</workbook>`;
        return Buffer.from(zipSync({ 'xl/workbook.xml': strToU8(xml), '[Content_Types].xml': strToU8(xml) }));
      },
      { path: 'a.xlsx' },
      'resource_invalid',
    ],
    [
      'zeros in gzip in gzip',
      () => gzipSync(gzipSync(Buffer.alloc(10_000_000))),
      { path: 'a.csv.gz' },
      'data_invalid',
    ],
    [
      'a zip file in place of a table',
      () => Buffer.from(zipSync({ 'a.zip': zipSync({ 'a.csv': new Uint8Array(10_000_000) }) })),
      { path: 'a.csv' },
      'data_invalid',
    ],
  ])('fail at once and say why: %s', async (_what, content, resource, code) => {
    const failure = await failureOf(bench, content(), resource);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(/.{20}/);
  });
});

it('the types of a real file are what they were', async () => {
  const file = new URL('../../../samples/seattle-weather/', import.meta.url);
  const { readdir } = await import('node:fs/promises');
  const [name] = (await readdir(file)).filter((entry) => entry.endsWith('.csv'));
  const { columns, rows } = await loadTable(bench, await readFile(new URL(name ?? '', file)));
  expect(Object.values(columns)).toEqual([
    'DATE',
    'DECIMAL(18, 1)',
    'DECIMAL(18, 1)',
    'DECIMAL(18, 1)',
    'DECIMAL(18, 1)',
    'VARCHAR',
  ]);
  expect(rows).toHaveLength(1461);
});
