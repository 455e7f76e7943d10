import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Access,
  accessTo,
  bearer,
  newPerson,
  request,
  startLoad,
  uploadPackage,
  waitForLoad,
} from './platform.ts';

const NAME = 'spending-by-area';

/** Spending of 9 in Marsh, of which no row of the areas knows, and an area where nothing was spent. */
const FILES = {
  'spending.csv': 'area,payer,amount\n1,2,10.05\n1,1,0.10\n2,1,5\n9,1,9\n',
  'areas.csv': 'code,name,kind\n1,North,rural\n2,South,town\n3,West,town\n',
  'datapackage.json': JSON.stringify({
    name: NAME,
    resources: [
      {
        name: 'spending',
        path: 'spending.csv',
        schema: {
          fields: [
            { name: 'area', type: 'integer' },
            { name: 'payer', type: 'integer' },
            { name: 'amount', type: 'number' },
          ],
          foreignKeys: [{ fields: 'area', reference: { resource: 'areas', fields: 'code' } }],
        },
      },
      {
        name: 'areas',
        path: 'areas.csv',
        schema: { fields: [{ name: 'code', type: 'integer' }, { name: 'name' }, { name: 'kind' }] },
      },
    ],
    model: {
      measures: { amount: { source: 'amount', currency: 'EUR' } },
      dimensions: {
        area: {
          dimensionType: 'other',
          primaryKey: 'code',
          attributes: {
            code: { source: 'code', resource: 'areas' },
            name: { source: 'name', resource: 'areas', labelfor: 'code' },
            kind: { source: 'kind', resource: 'areas' },
          },
        },
        payer: { dimensionType: 'other', primaryKey: 'payer', attributes: { payer: { source: 'payer' } } },
      },
    },
  }),
};

let access: Access;
let last: Record<string, unknown>;

beforeAll(async () => {
  access = await accessTo('os.datastore', (await newPerson()).token);
  const descriptor = await uploadPackage(access, NAME, FILES);
  await startLoad(access, descriptor);
  last = await waitForLoad(descriptor);
});

const ask = (path: string) =>
  request(`/api/3/cubes/${access.userid}:${NAME}${path}`, { headers: bearer(access.token) });

describe('a package with a table for one of its dimensions', () => {
  it('is loaded, with a model that says how the tables are joined', async () => {
    expect(last).toMatchObject({ status: 'done', progress: 7 });
    const { model } = (await ask('/model')).json();
    expect(model.dimensions.area).toMatchObject({
      key_ref: 'area.code',
      label_ref: 'area.name',
      join_column: ['area', expect.stringMatching(/\.code$/)],
      cardinality_class: 'tiny',
    });
  });

  it('sums over both tables; facts without an area are in the summary and in no cell', async () => {
    const answer = await ask('/aggregate?drilldown=area.kind|payer&aggregates=amount.sum|_count');
    expect(answer.json()).toMatchObject({
      total_cell_count: 3,
      cells: [
        { 'area.kind': 'rural', 'payer.payer': 1, 'amount.sum': 0.1, _count: 1 },
        { 'area.kind': 'rural', 'payer.payer': 2, 'amount.sum': 10.05, _count: 1 },
        { 'area.kind': 'town', 'payer.payer': 1, 'amount.sum': 5, _count: 1 },
      ],
      summary: { 'amount.sum': 24.15, _count: 4 },
    });
  });

  it('is cut and ordered by what stands in the other table', async () => {
    const cells = await ask('/aggregate?drilldown=area.name&cut=area.kind:"rural"&aggregates=amount.sum');
    expect(cells.json().cells).toEqual([{ 'area.name': 'North', 'amount.sum': 10.15 }]);
    const facts = await ask('/facts?fields=amount,area.name&cut=area.name:South|payer:1&order=area.name');
    expect(facts.json()).toMatchObject({
      total_fact_count: 1,
      data: [{ amount: 5, 'area.name': 'South' }],
    });
  });

  it('lists members that no fact names', async () => {
    const answer = (await ask('/members/area')).json();
    expect(answer.total_member_count).toBe(3);
    expect(answer.data[2]).toEqual({ 'area.code': 3, 'area.name': 'West', 'area.kind': 'town' });
  });

  it('has a cube of its own for each table', async () => {
    const { summary } = (await ask(':areas/aggregate?aggregates=_count')).json();
    expect(summary).toEqual({ _count: 3 });
  });
});
