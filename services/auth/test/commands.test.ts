import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Harness, openHarness } from './harness.ts';

const KEY_ENCRYPTION_KEY = 'mY3nQ7xW1zK9vB5tR2pL8cF4hJ6dS0aG';
const script = join(import.meta.dirname, '../dist/commands/auth.js');
const MD5 = { ann: 'a'.repeat(32), bob: 'b'.repeat(32), cat: 'c'.repeat(32) };

let harness: Harness;
let folder: string;

beforeAll(async () => {
  harness = await openHarness();
  folder = await mkdtemp(join(tmpdir(), 'flyloft-import-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await harness.close();
});

function run(...args: string[]): Promise<{ status: number; output: string; errors: string }> {
  const env = { DATABASE_URL: harness.databaseUrl, KEY_ENCRYPTION_KEY, PATH: process.env.PATH };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env }, (error, output, errors) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : 0, output, errors }),
    );
  });
}

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const personWith = (idhash: string) =>
  harness.database.user.findUniqueOrThrow({ where: { idhash }, include: { identities: true, roles: true } });

const HEADER = 'id,provider_id,username,name,email,avatar_url,join_date';

describe('npm run auth', () => {
  it('--help says all there is, and a wrong call ends with 2 and the help', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ status: 0, output: expect.stringContaining('import-conductor FILE') });
    for (const args of [
      [],
      ['fly'],
      ['keys'],
      ['keys', 'retire'],
      ['import-datahq'],
      ['keys', 'list', '--fly'],
    ]) {
      expect(await run(...args)).toMatchObject({ status: 2, errors: expect.stringContaining('Usage:') });
    }
    expect(await run('import-datahq', '/nowhere.csv')).toMatchObject({
      status: 1,
      errors: '✗ There is no file /nowhere.csv\n',
    });
  });

  it('D24: keys list, rotate and retire, with their reasons where they cannot yet', async () => {
    const before = JSON.parse((await run('keys', 'list', '--json')).output).keys;
    expect(before.map(({ state }: { state: string }) => state).sort()).toEqual(['active', 'next']);
    expect(await run('keys', 'rotate')).toMatchObject({
      status: 1,
      errors: expect.stringContaining('try again in'),
    });
    const rotated = await run('keys', 'rotate', '--force', '--json');
    const { keys } = JSON.parse(rotated.output);
    expect(rotated.output).not.toContain('rivate');
    const retiring = keys.find(({ state }: { state: string }) => state === 'retiring').kid;
    expect(await run('keys', 'retire', retiring)).toMatchObject({ status: 1 });
    const retiringAt = new Date(Date.now() - 61_000);
    await harness.database.signingKey.update({ where: { kid: retiring }, data: { retiringAt } });
    const retired = await run('keys', 'retire', retiring);
    expect(retired).toMatchObject({
      status: 0,
      output: expect.stringMatching(new RegExp(`retired +${retiring}`)),
    });
  });

  it('imports a CSV of datahq/auth: ids kept, provider ids split, nobody merged, and told so', async () => {
    const path = await file(
      'users.csv',
      [
        HEADER,
        `${MD5.ann},google:101,ann,"Ann, the first",Ann@Example.org,https://a.example/a.png,2017-05-03 10:11:12.5`,
        `${MD5.bob},github:202,Admin,,ann@example.org,,2018-01-01 00:00:00`,
        `not-a-hash,google:1,x,X,x@example.org,,2018-01-01`,
        `${'d'.repeat(32)},google,y,Y,y@example.org,,2018-01-01`,
        'cut,off',
        `${'c'.repeat(32)},google:101,thief,T,t@example.org,,2018-01-01`,
      ].join('\n'),
    );
    const dry = await run('import-datahq', path, '--dry-run', '--json');
    expect(JSON.parse(dry.output)).toMatchObject({ read: 6, imported: 2 });
    expect(await harness.database.user.count({ where: { idhash: MD5.ann } })).toBe(0);
    const done = await run('import-datahq', path, '--json');
    expect(done.status).toBe(1);
    expect(JSON.parse(done.output)).toEqual({
      ...{ read: 6, imported: 2, already_there: 0 },
      renamed: [{ line: 3, from: 'Admin', to: 'admin2' }],
      duplicate_emails: [{ email: 'ann@example.org', lines: [2, 3] }],
      refused: [
        { line: 4, reason: 'its id is not 32 hexadecimal digits' },
        { line: 5, reason: 'its provider id is not provider:id' },
        { line: 6, reason: 'it has 2 fields instead of 7' },
        { line: 7, reason: 'another person signs in as google:101' },
      ],
    });
    expect(await personWith(MD5.ann)).toMatchObject({
      ...{ username: 'ann', name: 'Ann, the first', email: 'Ann@Example.org', emailVerified: false },
      joinDate: new Date('2017-05-03T10:11:12.500Z'),
      identities: [{ provider: 'google', subject: '101' }],
      roles: [{ role: 'user' }],
    });
    // again, after it was cut off anywhere: what is there stays as it is
    const again = await run('import-datahq', path, '--json');
    expect(JSON.parse(again.output)).toMatchObject({ imported: 0, already_there: 2 });
    expect(await harness.database.auditEntry.count({ where: { action: 'user.imported' } })).toBe(2);
  });

  it("imports pg_dump's text, with its escapes and nulls, and refuses one that is cut off", async () => {
    const copy = [
      '--',
      '-- PostgreSQL database dump',
      'COPY public.users (id, provider_id, username, name, email, avatar_url, join_date) FROM stdin;',
      `${MD5.cat}\tgithub:303\tcat\tCat \\\\ Tab\\there\t\\N\t\\N\t2019-02-03 04:05:06`,
    ];
    const cut = await file('cut.sql', copy.join('\n'));
    expect(await run('import-datahq', cut)).toMatchObject({
      status: 1,
      errors: expect.stringContaining('in the middle'),
    });
    const path = await file('users.sql', [...copy, '\\.', 'ALTER TABLE users;'].join('\n'));
    expect(await run('import-datahq', path)).toMatchObject({ status: 0 });
    expect(await personWith(MD5.cat)).toMatchObject({
      name: 'Cat \\ Tab\there',
      email: null,
      username: 'cat',
    });
    const wrong = await file('wrong.sql', 'CREATE TABLE x;');
    expect(await run('import-datahq', wrong)).toMatchObject({
      status: 1,
      errors: expect.stringContaining('COPY users'),
    });
  });

  it("imports os-conductor's users index, and refuses who would take another's id or identity", async () => {
    const eve = 'e'.repeat(32);
    const documents: unknown[] = [
      {
        _index: 'users',
        _source: {
          id: 'google:900',
          idhash: eve,
          name: 'Eve',
          email: 'eve@example.org',
          join_date: '2016-01-01T00:00:00',
        },
      },
      { id: 'google:901', idhash: eve, name: 'Not Eve', email: 'eve2@example.org' },
      { id: 'google:900', idhash: 'f'.repeat(32), name: 'Not Eve either', username: 'noteve' },
      ['no', 'user'],
    ];
    const path = await file('users.jsonl', documents.map((one) => JSON.stringify(one)).join('\n'));
    const { status, output } = await run('import-conductor', path);
    expect(status).toBe(1);
    expect(output).toContain('4 read, 1 imported, 0 there before, 3 refused');
    expect(output).toContain(`line 2: refused, because another person has the id ${eve}`);
    expect(output).toContain('line 3: refused, because another person signs in as google:900');
    expect(output).toContain('line 4: refused, because it is no user of os-conductor as JSON');
    expect(await personWith(eve)).toMatchObject({ name: 'Eve', username: 'eve' });
    const broken = await file('broken.jsonl', '{"id": ');
    expect(await run('import-conductor', broken)).toMatchObject({
      status: 1,
      errors: expect.stringContaining('Line 1'),
    });
  });
});
