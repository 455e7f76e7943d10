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

  it('takes upper and lower case for the same, unless the dialect says otherwise', () => {
    const schema = tableSchema.parse({ fields: [{ name: 'Year' }] });
    expect(matchFields('spending', schema, ['YEAR']).fields[0]?.index).toBe(0);
    expect(() => matchFields('spending', schema, ['YEAR'], { caseSensitiveHeader: true })).toThrow('missing');
    expect(() => matchFields('spending', schema, ['YEAR', 'year'])).toThrow('missing');
  });

  it('is silent when nothing is left out', () => {
    expect(warningsOf({ fields: [{ name: 'year' }] }, ['year'])).toEqual([]);
  });
});
