import { describe, expect, it } from '@jest/globals';
import { LoadFailure } from '../load-failure.ts';
import { parseDescriptor } from './validate-descriptor.ts';

const resource = {
  name: 'data',
  path: 'data.csv',
  schema: {
    fields: [
      { name: 'amount', type: 'number' },
      { name: 'code', type: 'string' },
    ],
  },
};
const dimension = { attributes: { code: { source: 'code' } }, primaryKey: 'code' };
const valid = {
  name: 'budget',
  resources: [resource],
  model: { measures: { amount: { source: 'amount', currency: 'EUR' } }, dimensions: { code: dimension } },
};

function failureOf(text: string): LoadFailure {
  try {
    parseDescriptor(text);
  } catch (error) {
    if (error instanceof LoadFailure) return error;
    throw error;
  }
  throw new Error('the descriptor was accepted');
}

describe('a descriptor', () => {
  it('is accepted in the forms of v1 and v2, with what it does not know kept', () => {
    expect(parseDescriptor(JSON.stringify({ ...valid, granularity: 'aggregated' }))).toMatchObject({
      granularity: 'aggregated',
    });
    const second = { $schema: 'https://datapackage.org/profiles/2.0/datapackage.json', ...valid };
    expect(parseDescriptor(`\uFEFF${JSON.stringify(second)}`).name).toBe('budget');
  });

  it.each([
    ['no resources', { name: 'x' }, '/resources'],
    ['an empty list of resources', { name: 'x', resources: [] }, '/resources'],
    ['no name', { resources: [resource] }, '/name'],
    ['a name with capitals', { ...valid, name: 'Budget' }, '/name'],
    ['a resource without a path', { ...valid, resources: [{ name: 'a' }] }, '/resources/0/path'],
    [
      'a field without a name',
      { ...valid, resources: [{ ...resource, schema: { fields: [{}] } }] },
      '/resources/0/schema/fields/0/name',
    ],
    [
      'an unknown type',
      { name: 'x', resources: [{ ...resource, schema: { fields: [{ name: 'a', type: 'money' }] } }] },
      '/resources/0/schema/fields/0/type',
    ],
    [
      'two fields of one name',
      { name: 'x', resources: [{ ...resource, schema: { fields: [{ name: 'a' }, { name: 'a' }] } }] },
      '/resources/0/schema/fields',
    ],
    [
      'a measure without a field',
      { ...valid, model: { ...valid.model, measures: { a: { source: 'none' } } } },
      '/model/measures/a/source',
    ],
    [
      'a measure of text',
      { ...valid, model: { ...valid.model, measures: { a: { source: 'code' } } } },
      '/model/measures/a/source',
    ],
    [
      'a currency in small letters',
      { ...valid, model: { ...valid.model, measures: { a: { source: 'amount', currency: 'eur' } } } },
      '/model/measures/a/currency',
    ],
    [
      'a key that is no attribute',
      { ...valid, model: { ...valid.model, dimensions: { d: { ...dimension, primaryKey: ['x'] } } } },
      '/model/dimensions/d/primaryKey',
    ],
    [
      'a label of nothing',
      {
        ...valid,
        model: {
          ...valid.model,
          dimensions: { d: { ...dimension, attributes: { code: { source: 'code', labelfor: 'x' } } } },
        },
      },
      '/model/dimensions/d/attributes/code/labelfor',
    ],
    [
      'an unknown dialect option',
      { ...valid, resources: [{ ...resource, dialect: { nonsense: 1 } }] },
      '/resources/0/dialect',
    ],
  ])('is refused with a pointer: %s', (_what, descriptor, pointer) => {
    const failure = failureOf(JSON.stringify(descriptor));
    expect(failure.code).toBe('descriptor_invalid');
    expect(failure.problems.map(({ message }) => message.split(':')[0])).toContain(pointer);
  });

  it('is refused with everything that is wrong, not only the first', () => {
    const failure = failureOf(JSON.stringify({ name: 'A', resources: [{ name: 'a' }, { name: 'b' }] }));
    expect(failure.problems).toHaveLength(3);
    expect(failure.message).toContain('and 2 more');
  });

  it.each(['{"name":', '[]', '"text"', 'null', ''])('is refused when it is no JSON object: %s', (text) => {
    expect(failureOf(text).code).toBe('descriptor_invalid');
  });
});
