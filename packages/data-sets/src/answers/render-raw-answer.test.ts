import { text } from 'node:stream/consumers';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { renderJson } from './render-json.ts';
import { renderRawAnswer } from './render-raw-answer.ts';

async function* pagesOf(rows: readonly unknown[], size: number) {
  for (let from = 0; from < rows.length; from += size) yield rows.slice(from, from + size);
}

it('renders in pieces, letter by letter, what is rendered whole', async () => {
  const row = fc.dictionary(
    fc.constantFrom('_id', 'bb', 'aa'),
    fc.oneof(fc.string(), fc.integer(), fc.constant(null)),
  );
  const warning = fc.constantFrom({}, { warning: 'unpublished' });
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 7 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 8 }),
      fc.boolean(),
      warning,
      async (rows, size, most, compact, others) => {
        const behind = (truncated: boolean) => ({ ...(truncated && { truncated }), ...others });
        const pieces = await text(renderRawAnswer(pagesOf(rows, size), { compact, most, behind }));
        const whole = { data: rows.slice(0, most), ...behind(rows.length > most) };
        expect(pieces).toBe(renderJson(whole, { compact }));
      },
    ),
  );
});
