import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CubeSource,
  jsonText,
  type PreparedQuery,
  prepareAggregate,
  prepareFacts,
  prepareMembers,
  presentModel,
  runQuery,
} from '../src/index.ts';
import { type LoadedTable, loadTable, openWorkbench, type Workbench } from './tables.ts';

const CSV = `year,func,func_label,sub,note,amount,paid
2013,01,Health,a,first,10.25,1
2013,01,Health,b,"x, y",0.75,
2014,02,Defence,a,,100.00,-3
2014,02,Defence,c,last,-50.50,4
2014,03,Art,a,last,0.10,5
`;

const MODEL = {
  measures: { amount: { source: 'amount', currency: 'EUR' }, paid: { source: 'paid', factor: 0.01 } },
  dimensions: {
    date: { dimensionType: 'datetime', attributes: { year: { source: 'year' } }, primaryKey: 'year' },
    'functional classification': {
      attributes: {
        func: { source: 'func' },
        label: { source: 'func_label', labelfor: 'func' },
        sub: { source: 'sub', parent: 'func' },
      },
      primaryKey: ['func', 'sub'],
    },
    note: { attributes: { note: { source: 'note' } }, primaryKey: ['note'] },
  },
};

const fields = [
  { name: 'year', type: 'integer' },
  ...['func', 'func_label', 'sub', 'note'].map((name) => ({ name, type: 'string' })),
  { name: 'amount', type: 'number', title: 'Amount spent' },
  { name: 'paid', type: 'integer' },
];

let bench: Workbench;
let cube: CubeSource;
let loaded: LoadedTable;
beforeAll(async () => {
  bench = await openWorkbench();
  loaded = await loadTable(bench, CSV, { schema: { fields } }, { model: MODEL });
  cube = loaded;
});
afterAll(() => bench.close());

async function ask(query: PreparedQuery) {
  const { body } = await bench.engine.withSession((session) => runQuery(session, query));
  return JSON.parse(jsonText(body));
}
const aggregate = (query: Record<string, string>) => ask(prepareAggregate(cube, query));
const refused = (prepare: () => unknown) => {
  expect(prepare).toThrow(expect.objectContaining({ code: 'invalid_parameter', status: 400 }));
};

describe('the model', () => {
  it('has readable dimension names, the older ones as aliases, labels and hierarchies', () => {
    const model = presentModel(cube.model);
    expect(Object.keys(model.dimensions)).toEqual([
      'date',
      'functional_classification_func',
      'functional_classification_sub',
      'note',
    ]);
    expect(model.dimensions.date).toMatchObject({
      alias: 'date_2',
      key_ref: 'date.year',
      label_ref: 'date.year',
    });
    expect(model.dimensions.functional_classification_func).toMatchObject({
      key_attribute: 'func',
      label_attribute: 'label',
      label_ref: 'functional_classification_func.label',
      hierarchy: 'functional_classification',
      cardinality_class: 'tiny',
    });
    expect(model.hierarchies.functional_classification).toEqual({
      ref: 'functional_classification',
      label: 'Functional Classification',
      levels: ['functional_classification_func', 'functional_classification_sub'],
    });
    expect(model.measures.amount).toMatchObject({
      label: 'Amount spent',
      currency: 'EUR',
      orig_measure: 'amount',
    });
    expect(Object.keys(model.aggregates)).toEqual(['amount.sum', 'paid.sum', '_count']);
  });
});

describe('an aggregate', () => {
  it('without parameters is one cell, equal to the summary', async () => {
    const answer = await aggregate({});
    expect(answer).toMatchObject({
      total_cell_count: 1,
      summary: { 'amount.sum': 60.6, 'paid.sum': 0.07, _count: 5 },
      cell: [],
      attributes: [],
      page: 1,
      page_size: 100,
    });
    expect(answer.cells).toEqual([answer.summary]);
  });

  it('has a summary over all matching facts, whatever the page', async () => {
    const answer = await aggregate({ drilldown: 'date', order: 'amount.sum:desc', pagesize: '1', page: '2' });
    expect(answer.cells).toEqual([{ 'date.year': 2013, 'amount.sum': 11, 'paid.sum': 0.01, _count: 2 }]);
    expect(answer).toMatchObject({ total_cell_count: 2, summary: { 'amount.sum': 60.6, _count: 5 } });
  });

  it('still counts and sums when the page is empty', async () => {
    const answer = await aggregate({ drilldown: 'note', pagesize: '0', aggregates: '_count' });
    expect(answer).toMatchObject({ cells: [], total_cell_count: 4, summary: { _count: 5 } });
  });

  it('puts NULL last in both directions', async () => {
    for (const direction of ['asc', 'desc']) {
      const { cells } = await aggregate({
        drilldown: 'note',
        aggregates: '_count',
        order: `note:${direction}`,
      });
      expect(cells.at(-1)).toEqual({ 'note.note': null, _count: 1 });
    }
  });

  it('labels columns by the alias that was used, of the older system or the hierarchy', async () => {
    const answer = await aggregate({
      drilldown: 'date_2|functional_classification.sub',
      aggregates: '_count',
    });
    expect(answer.attributes).toEqual(['date_2.year', 'functional_classification.sub']);
    expect(answer.cells).toHaveLength(4);
  });

  it('takes a dimension together with its own attribute', async () => {
    const answer = await aggregate({ drilldown: 'date|date.year', aggregates: '_count' });
    expect(answer.attributes).toEqual(['date.year']);
  });

  it.each([
    ['date:2014', 3],
    ['date.year:"2014"', 3],
    ['functional_classification_func:01', 2],
    ['functional_classification_func:1', 0],
    ['functional_classification_func:"01";"03"', 3],
    ['note:"x, y"', 1],
    ['note!:last', 3],
    ['note:null()', 1],
    ['amount:[0..11]', 3],
    ['amount:[..0]', 1],
    ['amount:0.1', 1],
    ['paid:0.04', 1],
    ['date:2013|functional_classification_sub:a', 1],
  ])('cuts by %s', async (cut, count) => {
    expect((await aggregate({ cut, aggregates: '_count' })).summary).toEqual({ _count: count });
  });

  it('tells its cuts', async () => {
    const { cell } = await aggregate({ cut: 'date:2013;2014|note!:"x, y"', aggregates: '_count' });
    expect(cell).toEqual([
      { ref: 'date.year', operator: ':', value: [2013, 2014] },
      { ref: 'note.note', operator: '!:', value: ['x, y'] },
    ]);
  });

  it('leaves out the summary and the count when asked', async () => {
    const answer = await aggregate({
      drilldown: 'date',
      aggregates: '_count',
      summary: 'false',
      count: 'false',
    });
    expect(Object.keys(answer)).not.toContain('summary');
    expect(Object.keys(answer)).not.toContain('total_cell_count');
    expect(answer.cells).toHaveLength(2);
  });

  it('answers average, least and greatest exactly when asked', async () => {
    const { body } = await bench.engine.withSession((session) =>
      runQuery(
        session,
        prepareAggregate(cube, { aggregates: 'amount.avg|amount.min|amount.max|paid.count' }),
      ),
    );
    expect(jsonText(body.summary ?? null)).toBe(
      '{"amount.avg":12.12000000,"amount.min":-50.50,"amount.max":100.00,"paid.count":4}',
    );
  });

  it('orders averages below zero by their value, where sums need more than 18 digits', async () => {
    const csv = 'who,amount\na,-0.00001\nb,-0.00922\nb,0\nc,850191019186569622092768210076.97674\n';
    const wide = await loadTable(bench, csv, {
      schema: {
        fields: [
          { name: 'who', type: 'string' },
          { name: 'amount', type: 'number' },
        ],
      },
    });
    const query = { drilldown: 'who', aggregates: 'amount.avg', order: 'amount.avg:desc' };
    const { cells } = await ask(prepareAggregate(wide, query));
    expect(Object.values(cells).map((cell) => Object.values(cell as object)[0])).toEqual(['c', 'a', 'b']);
  });

  it('is refused for what is not in the cube or not in the answer', () => {
    refused(() => prepareAggregate(cube, { drilldown: 'nothing' }));
    refused(() => prepareAggregate(cube, { drilldown: 'amount' }));
    refused(() => prepareAggregate(cube, { drilldown: 'constructor|__proto__' }));
    refused(() => prepareAggregate(cube, { aggregates: 'amount' }));
    refused(() => prepareAggregate(cube, { aggregates: 'amount.median' }));
    refused(() => prepareAggregate(cube, { cut: 'nothing:1' }));
    refused(() => prepareAggregate(cube, { cut: 'amount.sum:1' }));
    refused(() => prepareAggregate(cube, { cut: 'date:soon' }));
    refused(() => prepareAggregate(cube, { drilldown: 'date', order: 'note' }));
    refused(() => prepareAggregate(cube, { drilldown: 'date', aggregates: '_count', order: 'amount.sum' }));
    refused(() => prepareAggregate(cube, { order: 'date:sideways' }));
    refused(() => prepareAggregate(cube, { drilldown: 'date"; DROP TABLE x' }));
  });
});

describe('facts', () => {
  it('are all attributes, then all measures, of a page', async () => {
    const answer = await ask(prepareFacts(cube, { order: 'amount:desc', pagesize: '1' }));
    expect(answer).toMatchObject({
      total_fact_count: 5,
      cell: null,
      page_size: 1,
      order: [['amount', 'desc']],
    });
    expect(answer.data).toEqual([
      {
        'date.year': 2014,
        'functional_classification_func.func': '02',
        'functional_classification_func.label': 'Defence',
        'functional_classification_sub.sub': 'a',
        'note.note': null,
        amount: 100,
        paid: -0.03,
      },
    ]);
  });

  it('honour fields and cuts, and are ordered by the selected columns', async () => {
    const answer = await ask(prepareFacts(cube, { fields: 'note,amount', cut: 'date:2014' }));
    expect(answer.data).toEqual([
      { 'note.note': 'last', amount: -50.5 },
      { 'note.note': 'last', amount: 0.1 },
      { 'note.note': null, amount: 100 },
    ]);
    expect(answer).toMatchObject({ total_fact_count: 3, cell: 'date:2014', fields: ['note.note', 'amount'] });
  });

  it.each(['note', 'File row number'])(
    'that are equal in the order come as they were loaded, page after page, beside a column "%s"',
    async (column) => {
      const words = Array.from({ length: 50 }, (_, row) => `w${(row * 7) % 50}`);
      const lines = words.map((word) => `${word},${word},5`).join('\n');
      const table = await loadTable(bench, `word,${column},amount\n${lines}\n`);
      const pages: { data: { 'word.word': string }[] }[] = [];
      for (let page = 1; page <= 8; page += 1) {
        const query = { fields: 'word', order: 'amount:desc', pagesize: '7', page: String(page) };
        pages.push(await ask(prepareFacts(table, query)));
      }
      const found = pages.flatMap(({ data }) => data.map((row) => row['word.word']));
      expect(found).toEqual(words);
    },
  );

  it('are refused for unknown fields and orders', () => {
    refused(() => prepareFacts(cube, { fields: 'nothing' }));
    refused(() => prepareFacts(cube, { order: 'amount.sum' }));
  });
});

describe('members', () => {
  it('are one row for each key, with the greatest of the other attributes', async () => {
    const answer = await ask(prepareMembers(cube, 'functional_classification_func', {}));
    expect(answer.total_member_count).toBe(3);
    expect(answer.data[0]).toEqual({
      'functional_classification_func.func': '01',
      'functional_classification_func.label': 'Health',
    });
  });

  it('can be searched by a part of key or label, in any case', async () => {
    const answer = await ask(prepareMembers(cube, 'functional_classification_func', { q: 'EF' }));
    expect(answer).toMatchObject({
      total_member_count: 1,
      data: [{ 'functional_classification_func.func': '02' }],
    });
  });

  it('honour cuts and pages', async () => {
    const answer = await ask(
      prepareMembers(cube, 'functional_classification_sub', { cut: 'date:2014', page: '2', pagesize: '1' }),
    );
    expect(answer).toMatchObject({
      total_member_count: 2,
      data: [{ 'functional_classification_sub.sub': 'c' }],
    });
  });

  it('are refused for a measure and for an order that is not in the answer', () => {
    refused(() => prepareMembers(cube, 'amount', {}));
    refused(() => prepareMembers(cube, 'date', { order: 'note' }));
  });
});
