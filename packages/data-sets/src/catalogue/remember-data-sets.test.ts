import { expect, it } from '@jest/globals';
import type { Catalogue } from './catalogue.ts';
import { type DataSet, dataSetSettingsSchema } from './data-set.ts';
import { rememberDataSets } from './remember-data-sets.ts';

function setUp() {
  const state = { questions: 0, now: 0, kept: undefined as DataSet | undefined };
  const catalogue: Catalogue = {
    create: async (created) => {
      state.kept = { ...created, id: '1' };
      return state.kept;
    },
    findCreation: async () => undefined,
    findByName: async () => state.kept,
    findByPair: async () => {
      state.questions += 1;
      return state.kept;
    },
    list: async () => [],
    update: async () => state.kept,
    rotateToken: async () => state.kept,
    remove: async () => {
      state.kept = undefined;
      return true;
    },
  };
  return { state, catalogue: rememberDataSets(catalogue, { milliseconds: 1_000, clock: () => state.now }) };
}

const pair = { dataGroup: 'group', dataType: 'type' };
const created = { ...pair, name: 'name', tokenHash: null, settings: dataSetSettingsSchema.parse({}) };

it('asks once a moment for what there is, and always for what there is not', async () => {
  const { state, catalogue } = setUp();
  await catalogue.findByPair(pair);
  await catalogue.findByPair(pair);
  expect(state.questions).toBe(2);
  await catalogue.create(created);
  expect(await catalogue.findByPair(pair)).toMatchObject({ name: 'name' });
  await catalogue.findByPair(pair);
  expect(state.questions).toBe(3);
  state.now = 1_000;
  await catalogue.findByPair(pair);
  expect(state.questions).toBe(4);
});

it('sees its own removals at once', async () => {
  const { catalogue } = setUp();
  const dataSet = await catalogue.create(created);
  if (dataSet === undefined) throw new Error('not created');
  await catalogue.findByPair(pair);
  await catalogue.remove(dataSet);
  expect(await catalogue.findByPair(pair)).toBeUndefined();
});
