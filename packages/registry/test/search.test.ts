import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FilterValue, JsonObject, PackageSearch } from '../src/index.ts';
import { openRegistryPlace } from './registry-place.ts';

const { registry, sql, started, close } = await openRegistryPlace();
afterAll(close);

interface Wanted {
  readonly private?: boolean;
  readonly loaded?: boolean;
  readonly descriptor?: JsonObject;
}

/** A package as loads leave it: published, or known by its name alone. */
async function add(owner: string, name: string, wanted: Wanted = {}): Promise<string> {
  const address = `http://files.example/${owner}/${name}/datapackage.json`;
  const asked = { address, datapackage: address, requestedBy: owner, private: false };
  const attempt = await started(asked);
  const packageId = `${owner}:${name}`;
  await registry.claimPackage(attempt, packageId);
  const model = {};
  const cubes = [
    { id: packageId, resource: 'data', file: `_cubes/${randomUUID()}`, rows: 7, columns: [], model },
  ];
  const descriptor = { name, ...wanted.descriptor };
  await registry.publish(attempt, { packageId, descriptor, model, cubes, rows: 7 });
  await registry.setPrivacy(packageId, wanted.private ? 'private' : 'public');
  if (wanted.loaded === false) {
    await sql('UPDATE registry.packages SET loaded = false WHERE id = $1', [packageId]);
  }
  return packageId;
}

const filter = (path: string, ...values: FilterValue[]) => ({ path, values });

async function idsOf(query: Partial<PackageSearch>): Promise<string[]> {
  const { packages } = await registry.search({ filters: [], from: 0, size: 100, ...query });
  return packages.map(({ id }) => id);
}

describe('the truth table of visibility', () => {
  const owners = ['owner1', 'owner2'];

  beforeAll(async () => {
    for (const owner of owners)
      for (const isPrivate of [false, true])
        for (const loaded of [false, true])
          for (const animal of ['cat', 'dog']) {
            await add(owner, `table-${animal}-${isPrivate}-${loaded}`, {
              private: isPrivate,
              loaded,
              descriptor: { title: `A ${animal} of a dataset`, table: true },
            });
          }
  });

  const table = [filter('package.table', true)];
  it.each([
    ['anyone', {}, 4],
    ['owner1', { viewer: 'owner1' }, 10],
    ['anyone for "cat"', { text: 'cat' }, 2],
    ['owner1 for "cat"', { text: 'cat', viewer: 'owner1' }, 5],
    ['anyone for "cat" of owner1', { text: 'cat', filters: [filter('package.owner', 'owner1')] }, 1],
    [
      'owner1 for "cat" of owner1',
      { text: 'cat', viewer: 'owner1', filters: [filter('package.owner', 'owner1')] },
      4,
    ],
  ])('%s', async (_who, query, expected) => {
    const filters = [...table, ...('filters' in query ? query.filters : [])];
    const { packages, total } = await registry.search({ from: 0, size: 100, ...query, filters });
    expect([packages.length, total]).toEqual([expected, expected]);
  });
});

describe('words', () => {
  beforeAll(async () => {
    for (let number = 0; number < 10; number += 1) {
      await add('numbers', `numbered-${number}`, {
        descriptor: { title: `This dataset is number${number}`, author: 'Ann Writer <Ann@test2.com>' },
      });
    }
  });

  it.each([
    ['dataset shataset', 10],
    ['writer', 0],
    ['numbers', 10],
    ['number1', 1],
    ['NUMBER1', 1],
    ['number1 number2', 2],
    ['numb', 0],
    ['Ann Writer', 0],
    ['Ann Writer <Ann@test2.com>', 10],
    ["'; DROP TABLE packages --", 0],
    ["\\' | & ! <-> :* (", 0],
    ['', 0],
  ])('of %j are found in %i packages', async (text, expected) => {
    const found = await registry.search({
      text,
      filters: [filter('package.owner', 'numbers')],
      from: 0,
      size: 100,
    });
    expect(found.total).toBe(expected);
  });

  it('in a title come before words in a description, and more of them before fewer', async () => {
    await add('ranker', 'in-description', { descriptor: { title: 'x', description: 'zebra' } });
    await add('ranker', 'in-title', { descriptor: { title: 'zebra' } });
    await add('ranker', 'both', { descriptor: { title: 'zebra giraffe' } });
    await add('ranker', 'newest-in-description', { descriptor: { title: 'x', description: 'zebra' } });
    expect(await idsOf({ text: 'giraffe zebra' })).toEqual([
      'ranker:both',
      'ranker:in-title',
      'ranker:newest-in-description',
      'ranker:in-description',
    ]);
  });
});

describe('filters', () => {
  beforeAll(async () => {
    await add('filters', 'budget', {
      descriptor: {
        title: 'Budget of the town',
        countryCode: ['MD', 'RO'],
        year: 2014,
        author: 'Bla <BlaBla2@test2.com>',
        profile: { kind: "it's" },
        resources: [{ name: 'spending', schema: { fields: [{ name: 'hidden' }] } }],
      },
    });
    await add('filters', 'other', { descriptor: { title: 'Town hall', countryCode: 'MD', year: 2015 } });
  });

  it.each<[string, FilterValue[], number]>([
    ['package.title', ['town'], 2],
    ['package.title', ['budget nothing'], 1],
    ['package.title', ['budget', 'hall'], 2],
    ['package.countryCode', ['RO'], 1],
    ['package.year', [2014], 1],
    ['package.year', [2014, 2015], 2],
    ['package.year', ['2014'], 1],
    ['package.author', ['Bla <BlaBla2@test2.com>'], 1],
    ['package.author', ['Bla'], 0],
    ['package.profile.kind', ["it's"], 1],
    ['package.resources.name', ['spending'], 1],
    ['package.resources.schema.fields.name', ['hidden'], 0],
    ['package.title', ['!!!'], 0],
    ['id', ['filters:budget'], 1],
    ['id', ['filters'], 0],
    ['loaded', [true], 2],
    ['loaded', [false], 0],
    ['loaded', ['maybe'], 0],
    ['package.private', [false], 2],
    ['last_update', [1], 0],
    ['last_update', ['x'], 0],
    ['last_update', [1e300], 0],
    ['package.constructor', ['x'], 0],
    ['constructor', ['x'], 0],
    ['package.\u0000', ['a\u0000b'], 0],
  ])('%s = %j finds %i', async (path, values, expected) => {
    const own = filter('package.owner', 'filters');
    expect(await idsOf({ filters: [own, filter(path, ...values)] })).toHaveLength(expected);
  });

  it('take the time of the last update exactly as it is told', async () => {
    const found = await registry.findPackage('filters:budget');
    const seconds = (found?.lastUpdate.getTime() ?? 0) / 1000;
    expect(await idsOf({ filters: [filter('last_update', seconds)] })).toEqual(['filters:budget']);
  });

  it('follow every change at once: privacy, deletion, a new descriptor', async () => {
    const id = await add('changes', 'changing', { descriptor: { title: 'before' } });
    const found = () => idsOf({ filters: [filter('id', id)] });
    expect(await found()).toEqual([id]);
    await registry.setPrivacy(id, 'private');
    expect(await found()).toEqual([]);
    await registry.setPrivacy(id, 'public');
    await add('changes', 'changing', { descriptor: { title: 'after' } });
    expect(await idsOf({ text: 'before', filters: [filter('id', id)] })).toEqual([]);
    expect(await idsOf({ text: 'after', filters: [filter('id', id)] })).toEqual([id]);
    await registry.deletePackage(id);
    expect(await found()).toEqual([]);
  });
});

describe('pages', () => {
  it('come newest first, without gaps or repetitions, and know the whole', async () => {
    const ids: string[] = [];
    for (let number = 0; number < 5; number += 1) ids.unshift(await add('pages', `page-${number}`));
    const filters = [filter('package.owner', 'pages')];
    const pages = [];
    for (const from of [0, 2, 4]) pages.push(await registry.search({ filters, from, size: 2 }));
    expect(pages.flatMap(({ packages }) => packages.map(({ id }) => id))).toEqual(ids);
    expect(pages.map(({ total }) => total)).toEqual([5, 5, 5]);
    expect(await registry.search({ filters, from: 9, size: 2 })).toEqual({ packages: [], total: 5 });
    expect(await registry.search({ filters, from: 0, size: 0 })).toEqual({ packages: [], total: 5 });
  });
});

describe('packages of an earlier release', () => {
  it('become findable, once', async () => {
    const id = await add('earlier', 'release', { descriptor: { title: 'axolotl' } });
    await sql(
      "UPDATE registry.package_search SET term_hashes = '{}', terms_version = -1 WHERE package_id = $1",
      [id],
    );
    expect(await idsOf({ text: 'axolotl' })).toEqual([]);
    expect(await registry.indexPackages()).toBe(1);
    expect(await idsOf({ text: 'axolotl' })).toEqual([id]);
    expect(await registry.indexPackages()).toBe(0);
  });
});

describe('statistics', () => {
  it('count every package, private and unloaded ones too, their rows, and distinct countries', async () => {
    const before = await registry.stats();
    await add('stats', 'one', { private: true, descriptor: { countryCode: ['XA', 'XB'] } });
    await add('stats', 'two', { loaded: false, descriptor: { countryCode: 'XA' } });
    const after = await registry.stats();
    expect(after).toEqual({
      packages: before.packages + 2,
      rows: before.rows + 14,
      countries: before.countries + 2,
    });
  });
});

describe('a word that thousands of packages have', () => {
  const PACKAGES = 5_100;

  beforeAll(async () => {
    await sql(`
      WITH load AS (
        INSERT INTO registry.loads (id, address, datapackage, requested_by, status, finished_at)
        VALUES (gen_random_uuid(), 'many', 'many', 'many', 'done', now()) RETURNING id
      )
      INSERT INTO registry.packages (id, owner, name, descriptor, model, origin_url, author, private, loaded,
        loading_status, last_update, count_of_rows, current_load_id)
      SELECT format('many:p%s', n), 'many', format('p%s', n),
        jsonb_build_object('name', format('p%s', n), 'title', format('Ubiquitous edition%s', n)),
        '{}', 'http://files.example/many', 'Ann', false, true, 'done', now() - make_interval(secs => n), 1, load.id
      FROM generate_series(1, ${PACKAGES}) AS n, load`);
    await registry.indexPackages();
  });

  it('finds them all, the newest first', async () => {
    const found = await registry.search({ filters: [], from: 0, size: 2, text: 'ubiquitous' });
    expect(found.total).toBe(PACKAGES);
    expect(found.packages.map(({ id }) => id)).toEqual(['many:p1', 'many:p2']);
  });

  it('stands behind a rare word', async () => {
    const found = await registry.search({ filters: [], from: 0, size: 2, text: 'ubiquitous edition5000' });
    expect(found.total).toBe(PACKAGES);
    expect(found.packages.map(({ id }) => id)).toEqual(['many:p5000', 'many:p1']);
  });
});
