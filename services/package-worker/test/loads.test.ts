import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { sweepFiles } from '../src/housekeeping/sweep-files.ts';
import { runLoad } from '../src/loads/run-load.ts';
import { OWNER, openWorkPlace, smallPackage, type WorkPlace } from './work-place.ts';

let place: WorkPlace;
beforeAll(async () => {
  place = await openWorkPlace();
});
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

async function load(datapackage: string, options: { force?: boolean } = {}) {
  const { id, attempt } = await place.createLoad(datapackage, options.force);
  await runLoad(place.runner, { version: 1, load_id: id, after_attempt: attempt });
  return place.findLoad(id);
}

async function amounts(id: string) {
  const found = await place.registry.findCube(`${OWNER}:${id}`);
  if (found === undefined) return undefined;
  const file = place.store.localPath(found.cube.file);
  return place.engine.withSession((session) =>
    session.rows(`SELECT region, CAST(amount AS VARCHAR) FROM read_parquet('${file}')`),
  );
}

let number = 0;
const unique = () => `package-${++number}`;

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

  it('of an unchanged package is done without work, unless it is forced', async () => {
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

describe('a load that cannot succeed', () => {
  it('fails naming row, line, column and value, and leaves the earlier data', async () => {
    const name = unique();
    await load(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    const failed = await load(await place.upload(name, smallPackage(name, '2014,north,2\n2014,"a\nb",x\n')));
    expect(failed).toMatchObject({
      status: 'fail',
      code: 'data_invalid',
      problemsTotal: 1,
      problems: [{ resource: 'spending', row: 2, line: 3, column: 'amount', value: 'x', rule: 'number' }],
    });
    expect(failed.error).toContain('"x" is not a valid number');
    expect(await amounts(name)).toEqual([['north', '1']]);
    expect(await place.registry.findPackage(`${OWNER}:${name}`)).toMatchObject({
      loaded: true,
      loadingStatus: 'fail',
    });
  });

  it.each([
    ['no descriptor', {}, 'descriptor_missing'],
    ['no JSON', { 'datapackage.json': '{' }, 'descriptor_invalid'],
    ['no resources', { 'datapackage.json': '{"name":"x"}' }, 'descriptor_invalid'],
    ['no data file', { 'datapackage.json': smallPackage('x', '')['datapackage.json'] }, 'resource_missing'],
    [
      'a path upwards',
      { 'datapackage.json': '{"name":"x","resources":[{"path":"../y/data.csv"}]}' },
      'address_refused',
    ],
    [
      'a path elsewhere',
      {
        'datapackage.json': '{"name":"x","resources":[{"path":"http://[::1]:9/data.csv","format":"csv"}]}',
      },
      'address_refused',
    ],
    [
      'a broken gzip',
      { 'datapackage.json': '{"name":"x","resources":[{"path":"a.csv.gz"}]}', 'a.csv.gz': 'no gzip' },
      'resource_invalid',
    ],
    [
      'another hash',
      {
        'datapackage.json':
          '{"name":"x","resources":[{"path":"a.csv","hash":"d41d8cd98f00b204e9800998ecf8427e"}]}',
        'a.csv': 'a\n1\n',
      },
      'hash_mismatch',
    ],
    ['a document', { 'datapackage.json': '{"name":"x","resources":[{"path":"a.pdf"}]}' }, 'resource_invalid'],
  ])('for %s fails with a reason and leaves no file', async (_what, files, code) => {
    const before = await place.keys();
    const failed = await load(await place.upload(unique(), files));
    expect(failed).toMatchObject({ status: 'fail', code, error: expect.stringMatching(/.{20}/) });
    expect(await place.keys()).toEqual(before);
  });

  it("refuses files in another person's folder", async () => {
    await place.store.put(
      'somebody/secret/data.csv',
      (await import('node:stream')).Readable.from([Buffer.from('a\n1\n')]),
    );
    const resources = [{ path: 'http://flyloft.test:4000/files/somebody/secret/data.csv' }];
    const datapackage = await place.upload(unique(), {
      'datapackage.json': JSON.stringify({ name: 'x', resources }),
    });
    expect(await load(datapackage)).toMatchObject({ status: 'fail', code: 'address_refused' });
    const foreign = 'http://flyloft.test:4000/files/somebody/secret/datapackage.json';
    expect(await load(foreign)).toMatchObject({ status: 'fail', code: 'address_refused' });
  });
});

describe('attempts', () => {
  afterEach(async () => {
    await sweepFiles({ ...place, graceSeconds: 0 });
  });

  it('that were overtaken lose at publishing, change nothing and leave no file', async () => {
    const name = unique();
    await load(await place.upload(name, smallPackage(name, '2014,old,1\n')));
    const { id } = await place.createLoad(await place.upload(name, smallPackage(name, '2014,new,2\n')));
    // The first attempt is held where all its work is done and only publishing is left.
    let overtake: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      overtake = resolve;
    });
    let arrived: () => void = () => undefined;
    const atPublish = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const slow = {
      ...place.registry,
      publish: async (...publication: Parameters<typeof place.registry.publish>) => {
        arrived();
        await held;
        return place.registry.publish(...publication);
      },
    };
    const outcomes: string[] = [];
    const onOutcome = (outcome: string) => outcomes.push(outcome);
    const first = runLoad(
      { ...place.runner, registry: slow, onOutcome },
      { version: 1, load_id: id, after_attempt: 0 },
    );
    await atPublish;
    const { requeued } = await place.registry.reapLostLoads({ lostAfterSeconds: 0 });
    expect(requeued.map((lost) => lost.id)).toEqual([id]);
    await runLoad({ ...place.runner, onOutcome }, { version: 1, load_id: id, after_attempt: 1 });
    const published = await place.registry.findPackage(`${OWNER}:${name}`);
    overtake();
    await first;
    expect(outcomes).toEqual(['done', 'stale']);
    expect(await place.registry.findPackage(`${OWNER}:${name}`)).toEqual(published);
    expect(await place.findLoad(id)).toMatchObject({ status: 'done', attempt: 2 });
    expect(await amounts(name)).toEqual([['new', '2']]);
    expect((await place.keys()).filter((key) => key.includes(`/${id}/1/`))).toEqual([]);
  });

  it('that are cancelled stop at the next beat, publish nothing and leave no file', async () => {
    const name = unique();
    const { id } = await place.createLoad(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    const cancelling = {
      ...place.registry,
      // The work is held where it writes its table; only the beat of the attempt can end it.
      claimPackage: async (...claim: Parameters<typeof place.registry.claimPackage>) => {
        const claimed = await place.registry.claimPackage(...claim);
        await place.registry.cancelLoad(id, 'cancelled by its owner');
        return claimed;
      },
      advance: async () => undefined,
    };
    const endless = {
      ...place.engine,
      withSession: ((work, options) =>
        place.engine.withSession(
          (session) =>
            session
              .rows('SELECT count(*) FROM range(1000000000) a, range(1000) b WHERE a.range % 7 = b.range % 3')
              .then(() => work(session)),
          options,
        )) satisfies typeof place.engine.withSession,
    };
    const outcomes: string[] = [];
    await runLoad(
      {
        ...{ ...place.runner, registry: cancelling, engine: endless, heartbeatSeconds: 0.05 },
        onOutcome: (outcome) => outcomes.push(outcome),
      },
      { version: 1, load_id: id, after_attempt: 0 },
    );
    expect(outcomes).toEqual(['stale']);
    expect(await place.findLoad(id)).toMatchObject({ status: 'fail', code: 'cancelled' });
    expect((await place.keys()).filter((key) => key.includes(id))).toEqual([]);
  });

  it('that fail list their warnings too', async () => {
    const name = unique();
    const files = smallPackage(name, '2014,north,many,x\n');
    const content = String(files['data.csv']).replace('amount', 'amount,extra');
    const failed = await load(await place.upload(name, { ...files, 'data.csv': content }));
    expect(failed).toMatchObject({ status: 'fail', warnings: [expect.stringContaining('"extra"')] });
  });

  it('do nothing when their job comes twice or late', async () => {
    const name = unique();
    const done = await load(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    await runLoad(place.runner, { version: 1, load_id: done.id, after_attempt: 0 });
    await runLoad(place.runner, { version: 1, load_id: done.id, after_attempt: 1 });
    expect(await place.findLoad(done.id)).toEqual(done);
  });

  it('that must stop are handed back to the queue whole, and end well the next time', async () => {
    const name = unique();
    const { id } = await place.createLoad(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    const stop = new AbortController();
    const stopping = {
      ...place.registry,
      claimPackage: async () => {
        stop.abort();
        throw new Error('the worker stops');
      },
    };
    await runLoad(
      { ...place.runner, registry: stopping, stop: stop.signal },
      { version: 1, load_id: id, after_attempt: 0 },
    );
    expect(await place.findLoad(id)).toMatchObject({ status: 'queued', attempt: 1 });
    expect(await place.queue.waiting()).toBe(1);
    await runLoad(place.runner, { version: 1, load_id: id, after_attempt: 1 });
    expect(await place.findLoad(id)).toMatchObject({ status: 'done', attempt: 2 });
  });

  it('that fail by our own fault are tried three times, and then fail without an internal message', async () => {
    const name = unique();
    const { id } = await place.createLoad(await place.upload(name, smallPackage(name, '2014,north,1\n')));
    const broken = {
      ...place.registry,
      publish: async () => {
        throw new Error('password=secret');
      },
    };
    for (const attempt of [0, 1, 2]) {
      await runLoad(
        { ...place.runner, registry: broken },
        { version: 1, load_id: id, after_attempt: attempt },
      );
    }
    const failed = await place.findLoad(id);
    expect(failed).toMatchObject({ status: 'fail', code: 'internal', attempt: 3 });
    expect(JSON.stringify(failed)).not.toContain('secret');
    expect((await place.keys()).filter((key) => key.includes(id))).toEqual([]);
  });
});

describe('sweeping', () => {
  it('keeps what is served and what may still be read, and removes the rest', async () => {
    const name = unique();
    await load(await place.upload(name, smallPackage(name, '2014,old,1\n')));
    const [old] = (await place.keys()).filter((key) => key.includes(`/${name}/`));
    const second = await load(await place.upload(name, smallPackage(name, '2014,new,2\n')));
    await sweepFiles({ ...place, graceSeconds: 600 });
    expect((await place.keys()).filter((key) => key.includes(`/${name}/`))).toHaveLength(2);
    const looked: string[] = [];
    const store = {
      ...place.store,
      list: (prefix: string) => {
        looked.push(prefix);
        return place.store.list(prefix);
      },
    };
    expect(await sweepFiles({ ...place, store, graceSeconds: 0 }, 'recent')).toContain(old);
    // Only what has happened lately is looked at, not every package there is.
    expect(looked).toContain(`_cubes/${OWNER}/${name}/`);
    expect(looked).not.toContain('_cubes/');
    expect((await place.keys()).filter((key) => key.includes(`/${name}/`))).toEqual([
      expect.stringContaining(second.id),
    ]);
    expect(await amounts(name)).toEqual([['new', '2']]);
  });
});

describe('readers during re-loads', () => {
  it('see the old load or the new one, whole', async () => {
    const name = unique();
    const rowsOf = (generation: number) => `2014,north,${generation}\n`.repeat(500);
    await load(await place.upload(name, smallPackage(name, rowsOf(0))));
    let reloading = true;
    const seen = new Set<string>();
    const read = async () => {
      while (reloading) {
        const rows = (await amounts(name)) ?? [];
        expect(rows).toHaveLength(500);
        expect(new Set(rows.map(([, amount]) => amount)).size).toBe(1);
        seen.add(String(rows[0]?.[1]));
      }
    };
    const readers = [read(), read(), read()];
    for (const generation of [1, 2, 3, 4]) {
      await load(await place.upload(name, smallPackage(name, rowsOf(generation))));
    }
    reloading = false;
    await Promise.all(readers);
    expect(seen.size).toBeGreaterThan(1);
  });
});
