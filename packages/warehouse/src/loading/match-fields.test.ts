import { describe, expect, it } from '@jest/globals';
import { tableSchema } from '../descriptor/field-schema.ts';
import { matchFields } from './match-fields.ts';

const warningsOf = (schema: object, header: string[]) =>
  matchFields('spending', tableSchema.parse(schema), header).warnings;

describe('matchFields', () => {
  it('warns of every column that is left out', () => {
    expect(warningsOf({ fields: [{ name: 'year' }] }, ['year', 'note'])).toEqual([
      'The column "note" of "spending" is not declared and was left out.',
    ]);
  });

  it('warns of keys whose uniqueness is declared and not checked', () => {
    const fields = [{ name: 'id', constraints: { unique: true } }, { name: 'year' }];
    expect(warningsOf({ fields, primaryKey: ['id', 'year'] }, ['id', 'year'])).toEqual([
      'Whether the values of "id", "year" in "spending" are unique was not checked.',
    ]);
  });

  it('is silent when nothing is left out or unchecked', () => {
    expect(warningsOf({ fields: [{ name: 'year' }] }, ['year'])).toEqual([]);
  });
});
