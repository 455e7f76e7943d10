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
      'a measure of a resource that is not there',
      { ...valid, model: { ...valid.model, measures: { a: { source: 'amount', resource: 'none' } } } },
      '/model/measures/a/resource',
    ],
    [
      'an attribute of a resource that is not there',
      {
        ...valid,
        model: {
          ...valid.model,
          dimensions: { d: { ...dimension, attributes: { code: { source: 'code', resource: 'none' } } } },
        },
      },
      '/model/dimensions/d/attributes/code/resource',
    ],
    ['a list of paths without any', { name: 'x', resources: [{ path: [] }] }, '/resources/0/path'],
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

  it('is refused with what its shape hides: names that name nothing beside a value that is not allowed', () => {
    const measures = { amount: { source: 'none', currency: 'Euro' } };
    const failure = failureOf(JSON.stringify({ ...valid, model: { ...valid.model, measures } }));
    expect(failure.problems.map(({ message }) => message)).toEqual([
      '/model/measures/amount/currency: must be three capitals, as ISO 4217 writes currencies',
      '/model/measures/amount/source: no field is named "none"',
    ]);
  });

  it.each([
    ['what is missing', { resources: [resource] }, '/name: is missing, and must be a text'],
    ['another type', { ...valid, name: 7 }, '/name: must be a text, and is a number'],
    ['no object', [valid], '/: must be an object, and is a list'],
    [
      'a type that is nearly right',
      { ...valid, resources: [{ ...resource, schema: { fields: [{ name: 'a', type: 'strng' }] } }] },
      '/resources/0/schema/fields/0/type: is "strng"; did you mean "string"?',
    ],
    [
      'an unknown key',
      { ...valid, resources: [{ ...resource, dialect: { delimeter: ';' } }] },
      '/resources/0/dialect: has "delimeter", which is not known here',
    ],
    [
      'a wrong path',
      { ...valid, resources: [{ path: 7 }] },
      '/resources/0/path: must be a path, or a list of paths',
    ],
  ])('says in words what is wrong: %s', (_what, descriptor, message) => {
    expect(failureOf(JSON.stringify(descriptor)).problems[0]?.message).toBe(message);
  });

  it('is refused with the line and column where it stops being JSON', () => {
    const failure = failureOf('{\n  "name": "x",\n  "resources": [}\n}');
    expect(failure.message).toMatch(/^The descriptor is not valid JSON: line 3, column 17: /);
    expect(failureOf(' ').message).toBe('The descriptor is not valid JSON: it is empty.');
  });

  it.each(['{"name":', '[]', '"text"', 'null', ''])('is refused when it is no JSON object: %s', (text) => {
    expect(failureOf(text).code).toBe('descriptor_invalid');
  });
});
