import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Access,
  accessTo,
  bearer,
  newPerson,
  request,
  startLoad,
  uploadPackage,
  waitForLoad,
} from './platform.ts';

const SAMPLE = join(import.meta.dirname, '../../samples/boost-moldova');
const CSV = readFileSync(join(SAMPLE, 'data/boost-moldova-2014.csv'), 'utf8');
const FULL_ORDER = [
  'queued',
  'initializing',
  'loading-datapackage',
  'validating-datapackage',
  'loading-resource',
  'creating-table',
  'loading-data-ready',
  'loading-data',
  'creating-babbage-model',
  'saving-metadata',
  'done',
];

let access: Access;
let cube: string;
let upload: Record<string, unknown>;
let last: Record<string, unknown>;

beforeAll(async () => {
  access = await accessTo('os.datastore', (await newPerson()).token);
  cube = `${access.userid}:boost-moldova`;
  const descriptor = await uploadPackage(access, 'boost-moldova', {
    'data/boost-moldova-2014.csv': CSV,
    'datapackage.json': readFileSync(join(SAMPLE, 'datapackage.json'), 'utf8'),
  });
  upload = await startLoad(access, descriptor);
  last = await waitForLoad(descriptor);
});

const asOwner = (path: string) => request(path, { headers: bearer(access.token) });

/** Cells of a line of this CSV, which quotes cells that hold commas. */
function cellsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
}

/** Executed amounts by top function, added up in ten-thousandths by whole numbers, times the model's factor. */
function executedByFunction(): Map<string, bigint> {
  const [header = '', ...lines] = CSV.trim().split(/\r?\n/);
  const columns = cellsOf(header);
  const code = columns.indexOf('func1 (code)');
  const executed = columns.indexOf('executed');
  const sums = new Map<string, bigint>();
  for (const line of lines) {
    const cells = cellsOf(line);
    const [whole = '0', fraction = ''] = (cells[executed] || '0').replace('-', '').split('.');
    const units = BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, '0'));
    const signed = cells[executed]?.startsWith('-') ? -units : units;
    sums.set(cells[code] ?? '', (sums.get(cells[code] ?? '') ?? 0n) + signed * 100n);
  }
  return sums;
}

const unitsOf = (decimal: string) => {
  const [whole = '0', fraction = ''] = decimal.replace('-', '').split('.');
  const units = BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, '0').slice(0, 4));
  return decimal.startsWith('-') ? -units : units;
};

describe('a fiscal data package from upload to query', () => {
  it('is queued by the upload and ends in done with the exact number of rows', () => {
    expect(upload).toMatchObject({ status: 'queued', progress: 0 });
    expect(last).toMatchObject({ status: 'done', progress: CSV.trim().split('\n').length - 1 });
  });

  it('passed every status of a first load in the specified order', async () => {
    const load = (await asOwner(`/loads/${upload.load}`)).json();
    expect(load.phases.map((phase: { status: string }) => phase.status)).toEqual(FULL_ORDER);
    expect(load).toMatchObject({ package: cube, status: 'done', attempt: 1, error: null });
  });

  it('has a babbage model with the measures and dimensions of its descriptor', async () => {
    const answer = (await asOwner(`/api/3/cubes/${cube}/model`)).json();
    expect(Object.keys(answer.model.measures).sort()).toEqual(['adjusted', 'approved', 'executed']);
    expect(Object.keys(answer.model.dimensions)).toContain('functional_classification_func1_code');
    expect(answer.model.aggregates._count).toMatchObject({ ref: '_count' });
  });

  it('sums to the last digit what the file says', async () => {
    const expected = executedByFunction();
    const dimension = 'functional_classification_func1_code';
    const answer = await asOwner(
      `/api/3/cubes/${cube}/aggregate?drilldown=${dimension}&aggregates=executed.sum&pagesize=100`,
    );
    expect(answer.status).toBe(200);
    const exact = answer.text.replaceAll(/("executed\.sum":\s*)(-?[\d.]+)/g, '$1"$2"');
    const cells: Record<string, string>[] = JSON.parse(exact).cells;
    const found = new Map(
      cells.map((cell) => [cell[`${dimension}.func1_code`] ?? '', unitsOf(cell['executed.sum'] ?? '')]),
    );
    expect(found).toEqual(expected);
  });

  it('counts every fact and pages through them', async () => {
    const page = (await asOwner(`/api/3/cubes/${cube}/facts?pagesize=3&page=2`)).json();
    expect(page).toMatchObject({ total_fact_count: 2000, page: 2, page_size: 3 });
    expect(page.data).toHaveLength(3);
  });

  it('lists the members of a dimension', async () => {
    const answer = (
      await asOwner(`/api/3/cubes/${cube}/members/functional_classification_func1_code`)
    ).json();
    expect(answer.total_member_count).toBe(executedByFunction().size);
  });

  it('is private at first: a stranger is answered as if it did not exist', async () => {
    for (const route of ['model', 'aggregate', 'facts', 'members/functional_classification_func1_code']) {
      const hidden = await request(`/api/3/cubes/${cube}/${route}`);
      const unknown = await request(`/api/3/cubes/${cube}-unknown/${route}`);
      expect([hidden.status, unknown.status]).toEqual([404, 404]);
      const withoutId = (text: string) =>
        text.replace(/"request_id":\s*"[^"]*"/, '').replaceAll('-unknown', '');
      expect(withoutId(hidden.text)).toBe(withoutId(unknown.text));
    }
  });
});
