import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { failureOf, loadTable, openWorkbench, type Workbench } from './tables.ts';

let bench: Workbench;
beforeAll(async () => {
  bench = await openWorkbench();
});
afterAll(() => bench.close());

it('the example of docs/loading.md ends as the page says', async () => {
  const page = await readFile(new URL('../../../docs/loading.md', import.meta.url), 'utf8');
  const block = (language: string, number = 0) =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))][number]?.[1] ?? '';
  const [resource] = JSON.parse(block('json')).resources;
  const { rows } = await loadTable(bench, block('csv'), resource);
  expect(rows).toEqual([
    ['1', '1', '2014-01-31', 'wages', '1200.50'],
    ['2', '2', '2014-02-28', 'rent', null],
  ]);
  const { problems } = await failureOf(bench, block('csv', 1), resource);
  const report = problems.map(
    ({ row, line, column, message, suggestion }) =>
      `row ${row}, line ${line}, ${column}: ${[message, suggestion].filter(Boolean).join('; ')}`,
  );
  expect(report.join('\n')).toBe(block('text').trim());
});
