import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { runLoad } from '../src/loads/run-load.ts';
import { openLoadPlace } from './load-place.ts';
import { OWNER, smallPackage } from './work-place.ts';

const { place, load, amounts, unique } = await openLoadPlace();
afterAll(() => place.close());

const FIRST_LOAD = [
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

describe('a load', () => {
  it('passes every status in order and publishes typed data, model, counts and provenance', async () => {
    const name = unique();
    const { status, phases, rows, rowsTotal, bytes, warnings } = await load(
      await place.upload(name, smallPackage(name, '2014,north,1.50\n2015,south,\n')),
    );
    expect(status).toBe('done');
    expect(phases.map((phase) => phase.status)).toEqual(FIRST_LOAD);
    expect({ rows, rowsTotal, bytes, warnings }).toEqual({ rows: 2, rowsTotal: 2, bytes: 47, warnings: [] });
    expect(await amounts(name)).toEqual([
      ['north', '1.50'],
      ['south', null],
    ]);
    const registered = await place.registry.findPackage(`${OWNER}:${name}`);
    expect(registered).toMatchObject({
      private: true,
      loaded: true,
      loadingStatus: 'done',
      descriptor: { count_of_rows: 2, resources: [{ count_of_rows: 2 }] },
      cubes: [
        {
          id: `${OWNER}:${name}`,
          resource: 'spending',
          rows: 2,
          columns: expect.arrayContaining([{ name: 'amount', field: 'amount', type: 'DECIMAL(18, 2)' }]),
        },
      ],
    });
    expect(Object.keys(registered?.model?.measures ?? {})).toEqual(['amount']);
  });

  it("takes Moldova's budget whole and warns of the bytes that its descriptor declares", async () => {
    const sample = join(import.meta.dirname, '../../../samples/boost-moldova');
    const csv = await readFile(join(sample, 'data/boost-moldova-2014.csv'));
    const descriptor = await readFile(join(sample, 'datapackage.json'));
    const datapackage = await place.upload('boost-moldova', {
      'data/boost-moldova-2014.csv': csv,
      'datapackage.json': descriptor,
    });
    const done = await load(datapackage);
    expect(done).toMatchObject({ status: 'done', rows: 2000, packageId: `${OWNER}:boost-moldova` });
    expect(done.warnings).toEqual([
      expect.stringContaining('example@example.com'),
      expect.stringContaining('69163271'),
    ]);
  });

  it('names what is gone through again on a re-load, and replaces all rows', async () => {
    const name = unique();
    await load(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    const again = await load(await place.upload(name, smallPackage(name, '2014,south,2\n')));
    expect(again.phases.map((phase) => phase.status)).toEqual(FIRST_LOAD.toSpliced(5, 0, 'deleting-table'));
    expect(await amounts(name)).toEqual([['south', '2']]);
  });

  it('E2: of an unchanged package is done without work, unless it is forced', async () => {
    const name = unique();
    const datapackage = await place.upload(name, smallPackage(name, '2014,north,1\n'));
    const first = await load(datapackage);
    expect(await load(datapackage)).toMatchObject({ status: 'done', unchanged: true, rows: 1 });
    expect((await place.registry.findPackage(`${OWNER}:${name}`))?.currentLoadId).toBe(first.id);
    expect(await load(datapackage, { force: true })).toMatchObject({ status: 'done', unchanged: false });
  });

  it('keeps its files when it was published but the answer to publishing was lost', async () => {
    const name = unique();
    const datapackage = await place.upload(name, smallPackage(name, '2014,north,7\n'));
    const { id, attempt } = await place.createLoad(datapackage);
    const publish: typeof place.registry.publish = async (...publication) => {
      await place.registry.publish(...publication);
      throw new Error('the connection was cut after the commit');
    };
    const registry = { ...place.registry, publish };
    await runLoad({ ...place.runner, registry }, { version: 1, load_id: id, after_attempt: attempt });
    expect(await place.findLoad(id)).toMatchObject({ status: 'done', attempt: 1 });
    expect(await amounts(name)).toEqual([['north', '7']]);
  });

  it('takes gzip, another encoding, tabs and several resources', async () => {
    const name = unique();
    const descriptor = {
      name,
      resources: [
        { name: 'Main table', path: 'a.csv.gz', encoding: 'windows-1252' },
        { name: 'other', path: 'b.tsv' },
        { name: 'readme', path: 'readme.pdf' },
      ],
    };
    const done = await load(
      await place.upload(name, {
        'datapackage.json': JSON.stringify(descriptor),
        'a.csv.gz': gzipSync(Buffer.from('region,amount\ncaf\xe9,1\n', 'latin1')),
        'b.tsv': 'region\tamount\nx\t2\ny\t3\n',
      }),
    );
    expect(done).toMatchObject({ status: 'done', rows: 3, warnings: [expect.stringContaining('readme')] });
    expect(await amounts(name)).toEqual([['café', '1']]);
    expect(await amounts(`${name}:other`)).toEqual([
      ['x', '2'],
      ['y', '3'],
    ]);
  });
});

describe('a package of several tables', () => {
  it('is the cube of the table that its measures come from; the others are named behind it', async () => {
    const name = unique();
    const fields = [{ name: 'region' }, { name: 'amount', type: 'number' }];
    const descriptor = {
      name,
      resources: [
        { name: 'Regions', path: 'regions.csv' },
        { name: 'facts', path: 'facts.csv', schema: { fields } },
      ],
      model: {
        measures: { amount: { source: 'amount', resource: 'facts' } },
        dimensions: {
          region: { attributes: { region: { source: 'region', resource: 'facts' } }, primaryKey: 'region' },
        },
      },
    };
    const files = { 'regions.csv': 'id\nnorth\n', 'facts.csv': 'region,amount\nnorth,1\nsouth,2\n' };
    const address = await place.upload(name, {
      ...files,
      'datapackage.json': JSON.stringify(descriptor),
    });
    expect(await load(address)).toMatchObject({ status: 'done', rows: 3 });
    const registered = await place.registry.findPackage(`${OWNER}:${name}`);
    expect(registered?.cubes).toMatchObject([
      { id: `${OWNER}:${name}`, resource: 'facts', rows: 2 },
      { id: `${OWNER}:${name}:regions`, resource: 'Regions', rows: 1 },
    ]);
    expect(Object.keys(registered?.model?.measures ?? {})).toEqual(['amount']);
    expect(registered?.descriptor).toMatchObject({
      ...{ count_of_rows: 3, resources: [{ count_of_rows: 1 }, { count_of_rows: 2 }] },
    });
  });
});

describe('a package', () => {
  const rowsOf = (id: string) => amounts(id).then((rows) => rows?.map(([region]) => region));

  it('that is one zip file is loaded from within it, also from a folder', async () => {
    const name = unique();
    const files = smallPackage(name, '2014,north,1\n');
    const entries = Object.entries(files).map(([path, content]) => [`export/${path}`, strToU8(content)]);
    await place.upload(name, { 'all.zip': Buffer.from(zipSync(Object.fromEntries(entries))) });
    const address = `http://flyloft.test:4000/files/${OWNER}/${name}/all.zip`;
    expect(await load(address)).toMatchObject({ status: 'done', rows: 1 });
    expect(await rowsOf(name)).toEqual(['north']);
  });

  it.each([
    ['without a descriptor', { 'data.csv': strToU8('a\n1\n') }, 'descriptor_missing'],
    [
      'that leads out of itself',
      { 'datapackage.json': strToU8('{"name":"x","resources":[{"path":"../x.csv"}]}') },
      'address_refused',
    ],
    [
      'that is a bomb',
      { 'datapackage.json': strToU8('{}'), 'a.csv': new Uint8Array(30_000_000) },
      'too_large',
    ],
  ])('in a zip file %s fails', async (_what, entries, code) => {
    const name = unique();
    await place.upload(name, { 'all.zip': Buffer.from(zipSync(entries)) });
    expect(await load(`http://flyloft.test:4000/files/${OWNER}/${name}/all.zip`)).toMatchObject({
      status: 'fail',
      code,
    });
  });

  it('in a zip file that is damaged fails, and says what is', async () => {
    const name = unique();
    const files = smallPackage(name, '2014,north,1\n'.repeat(2000));
    const entries = Object.entries(files).map(([path, content]) => [path, strToU8(content)] as const);
    const archive = Buffer.from(zipSync(Object.fromEntries(entries)));
    archive.fill(0xff, 60, 90);
    await place.upload(name, { 'all.zip': archive });
    const failed = await load(`http://flyloft.test:4000/files/${OWNER}/${name}/all.zip`);
    expect(failed).toMatchObject({ status: 'fail', code: 'resource_invalid' });
    expect(failed.error).toContain('data.csv');
  });

  it('may hold its rows in the descriptor, with every digit', async () => {
    const name = unique();
    const descriptor = `{"name": "${name}", "resources": [{"name": "a", "data": [
      {"region": "x", "amount": 12345678901234567.89}]}]}`;
    expect(await load(await place.upload(name, { 'datapackage.json': descriptor }))).toMatchObject({
      status: 'done',
    });
    expect(await amounts(name)).toEqual([['x', '12345678901234567.89']]);
  });

  it('warns of foreign keys that lead nowhere', async () => {
    const name = unique();
    const foreignKeys = [{ fields: 'region', reference: { resource: 'regions', fields: 'id' } }];
    const fields = [{ name: 'region' }, { name: 'amount', type: 'number' }];
    const resources = [
      { name: 'spending', path: 'a.csv', schema: { fields, foreignKeys } },
      { name: 'regions', path: 'b.csv' },
    ];
    const done = await load(
      await place.upload(name, {
        'datapackage.json': JSON.stringify({ name, resources }),
        'a.csv': 'region,amount\nnorth,1\neast,2\n,3\n',
        'b.csv': 'id\nnorth\n',
      }),
    );
    expect(done.warnings).toEqual([expect.stringContaining('for 1 rows, the first: "east" in row 2')]);
  });

  it('is loaded with a declared hash of each kind, and refused with another', async () => {
    const name = unique();
    const files = smallPackage(name, '2014,north,1\n');
    const descriptor = JSON.parse(files['datapackage.json']);
    for (const algorithm of ['md5', 'sha1', 'sha256', 'sha512']) {
      const digest = createHash(algorithm).update(files['data.csv']).digest('hex');
      for (const [hash, status] of [
        [digest, 'done'],
        [digest.replace(/^./, (digit) => (digit === '0' ? '1' : '0')), 'fail'],
      ]) {
        descriptor.resources[0].hash = `${algorithm}:${hash}`;
        const address = await place.upload(name, {
          ...files,
          'datapackage.json': JSON.stringify(descriptor),
        });
        expect(await load(address)).toMatchObject({ status });
      }
    }
  });
});
