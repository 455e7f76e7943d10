import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

/** The columns of the benchmark's facts with their PostgreSQL types: 8, of which 4 get an index. */
export const FACT_COLUMNS = {
  year: 'integer',
  region: 'text',
  function_code: 'text',
  function_label: 'text',
  supplier: 'text',
  item: 'text',
  quantity: 'integer',
  amount: 'numeric(18,2)',
} as const;

export const INDEXED_COLUMNS = ['year', 'region', 'function_code', 'supplier'] as const;

const REGIONS = 40;
const FUNCTIONS = 120;
const SUPPLIERS = 5_000;

/**
 * Writes a CSV of that many facts; the same number gives the same bytes.
 * @param badEvery Each so many rows have an amount that is no number; none when it is 0.
 */
export async function writeFacts(path: string, rows: number, badEvery = 0): Promise<void> {
  const stream = createWriteStream(path);
  let seed = 42;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    // From the upper digits: the lower ones of such a row of numbers take turns, and some values would never meet.
    return Math.floor((seed / 2 ** 32) * below);
  };
  let block = `${Object.keys(FACT_COLUMNS).join(',')}\n`;
  for (let row = 1; row <= rows; row += 1) {
    const code = random(FUNCTIONS);
    block += [
      2010 + random(12),
      `region-${random(REGIONS)}`,
      `F${code}`,
      `"Function ${code}, of the state"`,
      `supplier-${random(SUPPLIERS)}`,
      `item number ${random(100_000)}`,
      random(1_000),
      `${random(10_000_000)}.${String(random(100)).padStart(2, '0')}`,
    ].join(',');
    if (badEvery > 0 && row % badEvery === 0) block += ' or so';
    block += '\n';
    if (row % 5_000 === 0 || row === rows) {
      if (!stream.write(block)) await once(stream, 'drain');
      block = '';
    }
  }
  stream.end();
  await once(stream, 'finish');
}

/** The data package that describes such a file. */
export function factsDescriptor(name: string): object {
  const type = (sql: string) => (sql === 'integer' ? 'integer' : sql === 'text' ? 'string' : 'number');
  const fields = Object.entries(FACT_COLUMNS).map(([field, sql]) => ({ name: field, type: type(sql) }));
  const dimension = (source: string) => ({
    dimensionType: 'other',
    attributes: { [source]: { source } },
    primaryKey: source,
  });
  return {
    name,
    title: 'Benchmark facts',
    resources: [{ name: 'facts', path: 'facts.csv', schema: { fields } }],
    model: {
      measures: {
        amount: { source: 'amount', currency: 'EUR' },
        quantity: { source: 'quantity', currency: 'EUR' },
      },
      dimensions: {
        date: { dimensionType: 'datetime', attributes: { year: { source: 'year' } }, primaryKey: 'year' },
        function: {
          dimensionType: 'classification',
          attributes: {
            function_code: { source: 'function_code' },
            function_label: { source: 'function_label', labelfor: 'function_code' },
          },
          primaryKey: 'function_code',
        },
        region: dimension('region'),
        supplier: dimension('supplier'),
        item: dimension('item'),
      },
    },
  };
}
