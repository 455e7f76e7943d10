import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dialectSchema } from '../descriptor/dialect-schema.ts';
import { csvRecord } from '../tables/csv-record.ts';
import { locateRows } from './locate-rows.ts';

const cell = fc.stringMatching(/^[a",\n ]{0,5}$/);
const record = fc.tuple(cell, fc.stringMatching(/^[a"\n]{1,3}$/)).map(csvRecord);
const blank = fc.constantFrom('\n', '  \n');

it('rows are found on their lines, whatever is quoted and however the bytes are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(record, blank)),
      fc.integer({ min: 1, max: 9 }),
      async (lines, size) => {
        const text = `h,i\n${lines.join('')}`;
        const expected: { row: number; line: number }[] = [];
        let line = 2;
        for (const entry of lines) {
          if (entry.trim() !== '') expected.push({ row: expected.length + 1, line });
          line += entry.split('\n').length - 1;
        }
        async function* chunks() {
          for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
        }
        const source = {
          bytes: { path: '', first: async () => new Uint8Array(), chunks },
          ...{ columns: 2, dialect: dialectSchema.parse({}), missingValues: [], parts: [] },
          ...{ lines: 'line' as const, headerLines: 1, skip: 1 },
        };
        const accepted = new Set(expected.map(({ row }) => row));
        const { byAccepted } = await locateRows(source, { refused: [], accepted });
        expect([...byAccepted.values()]).toEqual(expected);
      },
    ),
    { numRuns: 300 },
  );
});
