import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LoadFailure } from '../src/index.ts';
import { failureOf, loadTable, openWorkbench, type Workbench } from './tables.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
const LIMIT = 4_000_000;
const text = { schema: { fields: NAMES.map((name) => ({ name, type: 'string' })) } };
const short = (count: number) => '1,2,3,4,5,6\n'.repeat(count);

/** A row of so many bytes, its line end not counted, with cells of less than 1 MiB. */
function rowOf(bytes: number, { lineEnds = false } = {}): string {
  const length = Math.floor((bytes - 5) / 6);
  const last = bytes - 5 - 5 * length;
  return [...Array.from({ length: 5 }, () => length), last]
    .map((size) => (lineEnds ? `"${'xxxxxxxxx\n'.repeat(size / 10)}"` : 'x'.repeat(size)))
    .join(',');
}

const file = (before: number, row: string, after: number) =>
  `${NAMES.join(',')}\n${short(before)}${row}\n${short(after)}`;

describe('a long row', () => {
  it.each([
    ['first', 0, 3],
    ['in the middle', 40_000, 40_000],
    ['last', 40_000, 0],
  ])(
    'of 4,000,000 bytes is loaded, one more byte is refused with its line: %s',
    async (_place, before, after) => {
      const loaded = await loadTable(bench, file(before, rowOf(LIMIT - 1), after), text);
      expect(loaded.rows).toHaveLength(before + 1 + after);
      for (const bytes of [LIMIT + 1, LIMIT * 2]) {
        const failure = await failureOf(bench, file(before, rowOf(bytes), after), text);
        expect(failure.code).toBe('data_invalid');
        expect(failure.problems).toEqual([
          expect.objectContaining({
            ...{ line: before + 2, rule: 'row-length' },
            message: 'the row is longer than 4000000 bytes',
          }),
        ]);
      }
    },
  );

  it.each([
    [
      'JSON',
      (cell: string) =>
        `[{"a":"1"},${JSON.stringify(Object.fromEntries(NAMES.map((name) => [name, cell])))}]`,
    ],
    ['another dialect', (cell: string) => `a;b;c;d;e;f\n#\n${NAMES.map(() => cell).join(';')}\n`],
  ])('of %s is refused too, though no cell is too long', async (kind, content) => {
    const resource = kind === 'JSON' ? { path: 'a.json' } : { dialect: { delimiter: ';', commentChar: '#' } };
    const failure = await failureOf(bench, content('ü'.repeat(500_000)), { ...text, ...resource });
    expect(failure.code).toBe('data_invalid');
    expect(failure.message).toMatch(/4000000 bytes|maximum/);
  });

  it('never goes missing: wherever it is, it is loaded with all others or refused', async () => {
    // Of a longer row with line ends in its cells a million pieces are reported, which takes its time.
    const anyRow = fc.record({
      bytes: fc.integer({ min: 1_900_000, max: 12_000_000 }),
      before: fc.integer({ min: 0, max: 40_000 }),
      after: fc.constantFrom(0, 1, 3, 40_000),
      lineEnds: fc.boolean(),
    });
    const loadsOrRefuses = async ({
      bytes,
      before,
      after,
      lineEnds,
    }: {
      bytes: number;
      before: number;
      after: number;
      lineEnds: boolean;
    }) => {
      const rows = await loadTable(
        bench,
        file(before, rowOf(lineEnds ? Math.min(bytes, LIMIT + 500_000) : bytes, { lineEnds }), after),
        text,
      ).then(
        (loaded) => loaded.rows.length,
        (error: unknown) => {
          if (error instanceof LoadFailure && error.code === 'data_invalid') return 'refused';
          throw error;
        },
      );
      expect(bytes > LIMIT + 100 ? rows : 'refused').toBe('refused');
      if (rows !== 'refused') expect(rows).toBe(before + 1 + after);
    };
    await fc.assert(fc.asyncProperty(anyRow, loadsOrRefuses), {
      numRuns: Number(process.env.LONG_ROWS ?? 6),
    });
  });
});
