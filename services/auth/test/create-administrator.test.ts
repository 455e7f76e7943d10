import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase, type TestDatabase } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createDatabase, type Database } from '../src/postgres/database.ts';

// Each test starts several processes; on a busy machine one alone takes seconds.
jest.setTimeout(120_000);

const run = promisify(execFile);
const service = join(import.meta.dirname, '..');
let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = createDatabase(testDatabase.url);
});

afterAll(async () => {
  await database.$disconnect();
  await testDatabase.drop();
});

/** The built program, with these variables and no others. */
function program(script: string, environment: Record<string, string>) {
  return run(process.execPath, [join(service, 'dist', script)], { env: environment });
}

const createAdministrator = async () => {
  const { stdout } = await program('commands/create-administrator.js', {
    DATABASE_URL: testDatabase.url,
    EXTERNAL_ADDRESS: 'http://127.0.0.1:4000',
  });
  expect(stdout.trim().split('\n')).toHaveLength(1);
  return JSON.parse(stdout);
};

describe('create-administrator', () => {
  it('makes one administrator, also when two run at once, and says afterwards whether the link was used', async () => {
    const [one, two] = await Promise.all([createAdministrator(), createAdministrator()]);
    expect([one.created, two.created].sort()).toEqual([false, true]);
    const made = one.created ? one : two;
    expect(made).toEqual({
      created: true,
      token: expect.stringMatching(/^fl_pat_/),
      sign_in_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:4000\/auth\/sign-in\?link=/),
    });
    const people = await database.user.findMany({ include: { roles: true, tokens: true } });
    expect(people).toHaveLength(1);
    expect(people[0]).toMatchObject({
      email: 'admin@localhost',
      roles: [{ role: 'admin' }],
      tokens: [{ startUp: true, scopes: ['*'] }],
    });
    expect(await createAdministrator()).toEqual({ created: false, sign_in_link_used: false });
    await database.oneTimeLink.updateMany({ data: { usedAt: new Date() } });
    expect(await createAdministrator()).toEqual({ created: false, sign_in_link_used: true });
  });
});

describe('a start that cannot succeed', () => {
  it.each(['server.js', 'commands/create-administrator.js'])(
    'of %s ends with 1 and says why',
    async (script) => {
      await expect(program(script, {})).rejects.toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/DATABASE_URL is missing[\s\S]*EXTERNAL_ADDRESS is missing/),
      });
      const unreachable = {
        DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
        EXTERNAL_ADDRESS: 'http://127.0.0.1:4000',
        KEY_ENCRYPTION_KEY: 'q3t6w9z$C&F)J@NcRfUjXn2r5u8x!A%D',
      };
      await expect(program(script, unreachable)).rejects.toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Can't reach database server at 127.0.0.1:1"),
      });
    },
  );
});
