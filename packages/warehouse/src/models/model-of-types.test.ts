import { describe, expect, it } from '@jest/globals';
import { tableSchema } from '../descriptor/field-schema.ts';
import { modelOfTypes } from './model-of-types.ts';

function typed(types: Readonly<Record<string, string>>, more: Record<string, unknown> = {}) {
  const fields = Object.entries(types).map(([name, columnType]) => ({ name, columnType, ...more }));
  return modelOfTypes(tableSchema.parse({ fields }).fields);
}

describe('a model of column types', () => {
  it('has values as measures and the first part of a type as dimension, labels with their codes', () => {
    const { model, problems } = typed({
      Amount: 'value',
      Year: 'date:fiscal-year',
      'Function (code)': 'functional-classification:cofog:division:code',
      'Function (name)': 'functional-classification:cofog:division:label',
    });
    expect(problems).toEqual([]);
    expect(model).toEqual({
      measures: { amount: { source: 'Amount', factor: 1 } },
      dimensions: {
        date: { attributes: { year: { source: 'Year' } }, primaryKey: ['year'], levels: ['year'] },
        'functional-classification': {
          attributes: {
            function_code: { source: 'Function (code)' },
            function_name: { source: 'Function (name)', labelfor: 'function_code' },
          },
          primaryKey: ['function_code'],
          levels: ['function_code'],
        },
      },
    });
  });

  it('orders levels from the highest down, over levels that are missing', () => {
    const { model } = typed({
      third: 'administrative-classification:generic:level3:code',
      first: 'administrative-classification:generic:level1:code',
    });
    const dimension = model?.dimensions['administrative-classification'];
    expect(dimension?.primaryKey).toEqual(['first', 'third']);
    expect(dimension?.attributes.third?.parent).toBe('first');
  });

  it('looks at what identifies nothing as dimensions of their own, and drops what is unknown', () => {
    const { model } = typed({
      project: 'activity:generic:project:code',
      program: 'activity:generic:program:code',
      kind: 'activity:generic:subproject:kind',
      note: 'unknown:string',
    });
    expect(Object.keys(model?.dimensions ?? {})).toEqual(['activity']);
    expect(model?.dimensions.activity).toMatchObject({
      primaryKey: ['program', 'project', 'kind'],
      levels: ['program', 'project'],
    });
  });

  it('takes all attributes for the key where none identifies a member', () => {
    const { model } = typed({ name: 'recipient:bank:branch:name' });
    expect(model?.dimensions.recipient?.primaryKey).toEqual(['name']);
  });

  it('reads what a value says of its currency and factor', () => {
    const { model } = typed(
      { a: 'value' },
      { options: { currency: 'MDL', factor: 1000 }, phase: 'executed' },
    );
    expect(model?.measures.a).toMatchObject({ currency: 'MDL', factor: 1000, phase: 'executed' });
  });

  it.each([
    ['a type that is none', { a: 'value', b: 'nonsense:code' }, 1, /no column type/],
    [
      'a label without its code',
      { a: 'functional-classification:cofog:group:label' },
      0,
      /which no column has/,
    ],
    [
      'a code without any level above',
      { a: 'administrative-classification:generic:level2:code' },
      0,
      /at or above/,
    ],
  ])('is refused with its place: %s', (_what, types, index, message) => {
    expect(typed(types as Record<string, string>).problems).toEqual([
      { index, message: expect.stringMatching(message) },
    ]);
  });

  it('is none where no field has a type', () => {
    expect(modelOfTypes(tableSchema.parse({ fields: [{ name: 'a' }] }).fields).model).toBeUndefined();
  });
});
