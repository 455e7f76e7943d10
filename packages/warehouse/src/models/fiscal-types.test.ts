import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { FISCAL_TYPES } from './fiscal-types.ts';

/** The table as the package ships it. */
const tableSchema = z.record(
  z.string(),
  z.strictObject({
    dataType: z.string(),
    dimensionType: z.string().optional(),
    classificationType: z.string().optional(),
    uniqueIdentifier: z.boolean().optional(),
    parent: z.string().optional(),
    labelfor: z.string().optional(),
  }),
);

describe('the column types', () => {
  it('are those of the os-types package, to the last property', () => {
    const require = createRequire(import.meta.url);
    const table = tableSchema.parse(require('os-types/src/os-types.json'));
    const theirs = Object.entries(table).map(([name, { uniqueIdentifier = false, labelfor, ...rest }]) => [
      name,
      { ...rest, isKey: uniqueIdentifier, ...(labelfor === undefined ? {} : { labelFor: labelfor }) },
    ]);
    expect(theirs).toHaveLength(214);
    expect(FISCAL_TYPES.size).toBe(214 + 80);
    expect(Object.fromEntries([...FISCAL_TYPES].slice(0, 214))).toEqual(Object.fromEntries(theirs));
  });
});
