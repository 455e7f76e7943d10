import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { modelOf } from '../src/index.ts';
import { loadTable, openWorkbench, type Workbench } from './tables.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

describe('a table of column types', () => {
  it('has readable dimensions, older names as aliases, hierarchies, labels, and parts of codes joined', async () => {
    const field = (name: string, type: string, columnType: string, more = {}) => ({
      name,
      type,
      columnType,
      ...more,
    });
    const root = 'administrative-classification:generic';
    const { model, rows } = await loadTable(bench, 'amount,year,m,d,dl\n1.5,2014,01,07,Roads\n', {
      schema: {
        fields: [
          field('amount', 'number', 'value', { options: { currency: 'MDL', factor: 1000 } }),
          field('year', 'integer', 'date:fiscal-year'),
          field('m', 'string', `${root}:level1:code:full`),
          field('d', 'string', `${root}:level2:code:part`),
          field('dl', 'string', `${root}:level2:label`),
        ],
      },
    });
    expect(model.measures.amount).toMatchObject({ currency: 'MDL', column: 'amount_amount' });
    expect(Object.keys(model.dimensions)).toEqual([
      'date',
      'administrative_classification_m',
      'administrative_classification_d',
    ]);
    expect(model.dimensions.administrative_classification_d).toMatchObject({
      alias: 'd',
      key_attribute: 'd',
      label_attribute: 'dl',
      attributes: { d: { column: 'd_full' } },
    });
    expect(model.hierarchies.administrative_classification?.levels).toEqual([
      'administrative_classification_m',
      'administrative_classification_d',
    ]);
    expect(rows[0]).toEqual(expect.arrayContaining(['1500.0', '01 - 07']));
  });
});

describe('a table that says nothing of itself', () => {
  it('sums numbers, and groups by years, ids, codes and keys', async () => {
    const header = 'amount,quantity,region_id,zip_code,year,number,name';
    const { model } = await loadTable(bench, `${header}\n1.5,2,3,2012,2014,7,x\n`, {
      schema: { fields: header.split(',').map((name) => ({ name })), primaryKey: 'number' },
    });
    expect(Object.keys(model.measures)).toEqual(['amount', 'quantity']);
    expect(Object.keys(model.dimensions)).toEqual(['region_id', 'zip_code', 'year', 'number', 'name']);
  });

  it('counts when it has no numbers', async () => {
    const { model } = await loadTable(bench, 'name,kind\nx,y\n');
    expect(model.measures).toEqual({});
    expect(Object.keys(model.dimensions)).toEqual(['name', 'kind']);
  });
});

describe('the class of a dimension', () => {
  it('tells viewers how many members it has, up to the last of each class', async () => {
    const sizes = { a: 7, b: 8, c: 50, d: 51, e: 1000, f: 1001 };
    const names = Object.keys(sizes);
    const lines = Array.from({ length: 1001 }, (_, row) =>
      Object.values(sizes)
        .map((size) => `v${row % size}`)
        .join(','),
    );
    const fields = names.map((name) => ({ name, type: 'string' }));
    const { model } = await loadTable(bench, `${names.join(',')}\n${lines.join('\n')}\n`, {
      schema: { fields },
    });
    expect(names.map((name) => model.dimensions[name]?.cardinality_class)).toEqual([
      ...['tiny', 'low', 'low'],
      ...['medium', 'medium', 'high'],
    ]);
  });
});

describe('a dimension in a table of its own', () => {
  it('is joined as the foreign key of the facts says, with a class from its own members', async () => {
    const table = async (name: string, csv: string, resource: Record<string, unknown>, more = {}) => {
      const { prepared, file } = await loadTable(bench, csv, { name, ...resource }, more);
      return { prepared, cubeFile: file, factTable: `package_${name}` };
    };
    const schema = (fields: [string, string][], foreignKeys: unknown[] = []) => ({
      schema: { fields: fields.map(([name, type]) => ({ name, type })), foreignKeys },
    });
    const attribute = (source: string, more = {}) => ({ source, resource: 'areas', ...more });
    const model = {
      measures: { amount: { source: 'amount', aggregates: ['sum', 'avg'] } },
      dimensions: {
        area: {
          attributes: { code: attribute('code'), name: attribute('name', { labelfor: 'code' }) },
          primaryKey: 'code',
        },
      },
    };
    const areas = await table(
      'areas',
      'code,name\n1,North\n2,South\n',
      schema([
        ['code', 'string'],
        ['name', 'string'],
      ]),
    );
    const key = { fields: 'area', reference: { resource: 'areas', fields: 'code' } };
    const ofFacts = schema(
      [
        ['area', 'string'],
        ['amount', 'number'],
      ],
      [key],
    );
    const resources = [
      { name: 'data', path: 'data.csv', ...ofFacts },
      { name: 'areas', path: 'areas.csv' },
    ];
    const facts = await table('data', 'area,amount\n1,1.5\n3,2\n', ofFacts, { model, resources });
    const made = await bench.engine.withSession((session) => modelOf(session, facts, [areas]));
    expect(made.measures.amount?.aggregates).toEqual(['sum', 'avg']);
    expect(made.dimensions.area).toMatchObject({
      key_attribute: 'code',
      label_attribute: 'name',
      join_column: ['area', 'package_areas.code'],
      attributes: { name: { column: 'package_areas.name' } },
      cardinality_class: 'tiny',
    });
  });
});
