import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import type { Pool } from 'pg';
import { createSecretBox } from '../src/keys/secret-box.ts';
import { keepLetters } from '../src/mail/outbox.ts';
import { createDatabase, type Database } from '../src/postgres/database.ts';
import { openPool } from '../src/postgres/pool.ts';
import { createStores } from '../src/postgres/stores.ts';
import { type AccountPlace, openAccountPlace, PASSWORD, peopleOf } from './account-place.ts';
import { createBrowser } from './browser.ts';

// Time tells who has an account where the work differs: so the work is compared, statement by statement.

let place: AccountPlace;
let pool: Pool;
let database: Database;
let app: Express;
const statements: string[] = [];
const { newPerson } = peopleOf(() => place);

const textOf = (query: unknown) =>
  typeof query === 'string' ? query : String((query as { text?: unknown } | null)?.text);

beforeAll(async () => {
  place = await openAccountPlace();
  pool = openPool(place.harness.databaseUrl);
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...sent: unknown[]) => unknown;
    // what every statement of the driver and of Prisma goes through
    client.query = ((...sent: unknown[]) => {
      statements.push(textOf(sent[0]));
      return query(...sent);
    }) as typeof client.query;
  });
  database = createDatabase(pool);
  const stores = createStores(database, pool);
  const box = createSecretBox('the secret of this test, which nobody else has', 'letters');
  const signIn = { selfRegistration: true, sendMail: keepLetters(stores.letters, box) };
  app = place.harness.openApp({ stores, signIn });
});
afterAll(async () => {
  await database.$disconnect();
  await pool.end();
  await place.harness.close();
});

/** The answer to a form, and what was asked of the database for it. */
async function workOf(path: string, fields: Record<string, string>) {
  const browser = createBrowser(app);
  await browser.get(path);
  statements.length = 0;
  const { status, text, headers } = await browser.submit(path, fields);
  const answer = text.replaceAll(/csrf_token" value="[^"]*"/g, '').replaceAll(fields.email ?? '', 'EMAIL');
  return { status, answer, location: headers.location, statements: [...statements] };
}

const stranger = () => `${randomUUID()}@example.org`;

describe('whoever asks with an address', () => {
  it('D20: signing in with a wrong password: the same answer after the same statements, account or none', async () => {
    const { email } = await newPerson();
    const password = 'wrong wrong wrong';
    const known = await workOf('/auth/login', { email, password });
    expect(known.statements.length).toBeGreaterThan(0);
    expect(await workOf('/auth/login', { email: stranger(), password })).toEqual(known);
    expect(known.status).toBe(401);
  });

  it('D20: asking for a new password: the same answer after the same statements, account or none', async () => {
    const { email } = await newPerson();
    const known = await workOf('/auth/recovery', { email });
    expect(known.statements.filter((text) => text.startsWith('INSERT'))).toHaveLength(1);
    expect(await workOf('/auth/recovery', { email: stranger() })).toEqual(known);
    expect(known.status).toBe(200);
  });

  it('D20: making an account: the same answer after the same statements, whether the address is free or taken', async () => {
    const { email } = await newPerson();
    const fields = { name: 'Somebody', password: PASSWORD };
    const taken = await workOf('/auth/register', { email, ...fields });
    const free = await workOf('/auth/register', { email: stranger(), ...fields });
    expect(taken.statements).toContain('ROLLBACK TO SAVEPOINT person');
    expect(free.statements).toContain('RELEASE SAVEPOINT person');
    const alike = (work: typeof free) => ({
      ...work,
      statements: work.statements.map((text) =>
        text.replace(/^(ROLLBACK TO|RELEASE) SAVEPOINT/, 'END SAVEPOINT'),
      ),
    });
    expect(alike(taken)).toEqual(alike(free));
    expect(taken.status).toBe(303);
    expect(await database.user.count({ where: { email } })).toBe(1);
  });
});
