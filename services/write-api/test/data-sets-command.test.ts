import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  createMongoDataSets,
  createPostgresDataSets,
  type DataSet,
  dataSetSettingsSchema,
  parseBatch,
} from '@flyloft/data-sets';
import { createTestDatabase, describeWith, type TestDatabase, testMongoUrl } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Decimal128, Long, ObjectId, serialize } from 'bson';

const COMMAND = join(import.meta.dirname, '../dist/commands/data-sets.js');

function start(args: readonly string[], environment: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env.PATH, ...environment },
  });
  let [output, errors] = ['', ''];
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<{ code: number | null; output: string; errors: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output, errors }));
  });
  return { child, ended };
}

const run = (args: readonly string[], environment?: Record<string, string>) => start(args, environment).ended;

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flyloft-data-sets-'));
  database = await createTestDatabase();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await database.drop();
});

describe('npm run data-sets', () => {
  it('explains itself with status 0, and a wrong command line with status 2', async () => {
    expect(await run(['--help'])).toMatchObject({
      code: 0,
      output: expect.stringContaining('import-backdrop'),
    });
    for (const args of [
      [],
      ['move'],
      ['copy'],
      ['copy', '--from', 'a'],
      ['import-backdrop'],
      ['copy', '--x'],
    ]) {
      expect(await run(args)).toMatchObject({ code: 2, errors: expect.stringContaining('Usage:') });
    }
    const strange = ['copy', '--from', 'mysql://a', '--to', database.url];
    expect(await run(strange)).toMatchObject({ code: 2, errors: expect.stringContaining('--from must') });
  });

  it('says which database does not answer or is not migrated, without its password, with status 1', async () => {
    const away = await run(['copy', '--from', 'postgres://me:secret@127.0.0.1:1/x', '--to', database.url]);
    expect(away).toMatchObject({ code: 1, errors: expect.stringContaining('127.0.0.1:1') });
    expect(away.errors).not.toContain('secret');
    const empty = await createTestDatabase({ empty: true });
    const bare = await run(['copy', '--from', database.url, '--to', empty.url]);
    expect(bare).toMatchObject({ code: 1, errors: expect.stringContaining('npm run migrate') });
    await empty.drop();
  });
});

describe('import-backdrop', () => {
  it('reads mongodump and mongoexport files, plain and gzipped, and reports what it could not take', async () => {
    const dump = join(folder, 'dump');
    await mkdir(join(dump, 'backdrop'), { recursive: true });
    const set = (name: string) => ({ name, data_group: name, data_type: 'events', bearer_token: 'tok' });
    await writeFile(
      join(dump, 'data-sets.json'),
      JSON.stringify([set('torn'), set('dumped'), set('exported'), set('cut')]),
    );
    const _id = new ObjectId();
    const documents = [
      {
        _id,
        _timestamp: new Date('2014-01-06T00:00:00Z'),
        nn: 3,
        long: Long.fromString('9007199254740991'),
        decimal: Decimal128.fromString('0.10000000000000000001'),
      },
      { _id: 'too_long', long: Long.fromString('9007199254740993') },
      { _id: 'not_a_number', nn: Number.NaN },
    ].map((document) => serialize(document));
    await writeFile(join(dump, 'backdrop/dumped.bson.gz'), gzipSync(Buffer.concat(documents)));
    await writeFile(join(dump, 'backdrop/dumped.metadata.json.gz'), gzipSync('{}'));
    const whole = serialize({ _id: 'a', nn: 1 });
    await writeFile(join(dump, 'backdrop/cut.bson'), Buffer.concat([whole, whole.subarray(0, 9)]));
    // A whole record is in it, the second is lost with the end of the packed file.
    const packed = gzipSync(Buffer.concat([whole, serialize({ _id: 'b', nn: 2 })]), { level: 0 });
    await writeFile(join(dump, 'backdrop/torn.bson.gz'), packed.subarray(0, -20));
    const lines = [
      '{"_id":"v1","_timestamp":{"$date":"2014-01-06T00:00:00.000Z"},"nn":1}',
      '{"_id":"v2","_timestamp":{"$date":{"$numberLong":"1388966400000"}},"nn":{"$numberInt":"2"}}',
      'no json',
    ];
    await writeFile(join(dump, 'exported.json'), lines.join('\n'));
    const report = join(folder, 'report.jsonl');
    const first = await run(['import-backdrop', dump, '--report', report], { DATABASE_URL: database.url });
    expect(first).toMatchObject({
      code: 1,
      errors: '',
      output: expect.stringContaining('4 data sets, 5 records taken, 5 not taken'),
    });
    const told = (await readFile(report, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(told).toEqual([
      { collection: 'torn', document: '#2', reason: expect.stringContaining('the file cannot be read') },
      { collection: 'dumped', document: 'too_long', reason: 'long has an invalid value' },
      { collection: 'dumped', document: 'not_a_number', reason: 'nn has an invalid value' },
      { collection: 'exported', document: '#3', reason: expect.stringContaining('not JSON') },
      { collection: 'cut', document: '#2', reason: 'the file ends within a document' },
    ]);
    const { catalogue, store, close } = createPostgresDataSets({ connectionString: database.url });
    const dataSet = await catalogue.findByName('dumped');
    const everything = { filters: [], inclusive: false, limit: 10 };
    const [record] = dataSet ? await store.find(dataSet, everything) : [];
    expect(record).toMatchObject({ _id: _id.toHexString(), nn: 3, long: 9_007_199_254_740_991 });
    expect(String(record?.decimal)).toBe('0.10000000000000000001');
    await close();
  });
});

describeWith(testMongoUrl())('copy', () => {
  it('goes on after kill -9 and ends with equal counts and hashes', async () => {
    const to = testMongoUrl() ?? '';
    const source = createPostgresDataSets({ connectionString: database.url });
    const created = await source.catalogue.create({
      ...{ name: 'large_set', dataGroup: 'large', dataType: 'set', tokenHash: null },
      settings: dataSetSettingsSchema.parse({}),
    });
    // the name is free
    const dataSet = created as DataSet;
    const body = Array.from({ length: 20_000 }, (_, nn) => ({ _id: `r${nn}`, nn, text: 'x'.repeat(100) }));
    const batch = parseBatch(body);
    if ('errors' in batch) throw new Error('bad records');
    await source.store.upsert(dataSet, batch.records);
    await source.close();

    const progress = join(folder, 'progress.json');
    const args = ['copy', '--from', database.url, '--to', to, '--name', 'large_set', '--progress', progress];
    const killed = start(args);
    // Not before a page is there.
    while (!existsSync(progress) || !(await readFile(progress, 'utf8')).includes('position')) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    killed.child.kill('SIGKILL');
    expect((await killed.ended).code).toBeNull();
    const before = JSON.parse(await readFile(progress, 'utf8')).large_set;
    expect(before).toMatchObject({ state: 'copying' });
    expect(before.records).toBeLessThan(20_000);

    const second = await run(args);
    expect(second).toMatchObject({ code: 0, errors: '' });
    expect(second.output).toContain(`large_set: ${before.records.toLocaleString('en-GB')} record`);
    expect(second.output).toMatch(/✓ large_set: 20,000 records, sha256 [0-9a-f]{16}… on both sides/);
    expect(existsSync(progress)).toBe(false);
    const target = createMongoDataSets({ url: to });
    const copy = await target.catalogue.findByName('large_set');
    const count =
      copy &&
      (await target.store.aggregate(copy, {
        ...{ filters: [], inclusive: false, groupBy: [], totals: [], extremes: [], tallies: [] },
      }));
    expect(count?.[0]?.count).toBe(20_000);
    await target.close();
    expect(await run(args)).toMatchObject({ code: 1, output: expect.stringContaining('has it already') });
  });
});
