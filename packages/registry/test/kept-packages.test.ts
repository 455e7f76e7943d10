import { randomUUID } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@flyloft/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createRegistry, type Registry } from '../src/index.ts';

const ID = 'ann:budget';

let database: TestDatabase;
let client: Client;
/** As two processes have them: one writes, the other only reads. */
let [writer, reader]: Registry[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  writer = createRegistry({ connectionString: database.url });
  reader = createRegistry({ connectionString: database.url });
  client = new Client({ connectionString: database.url });
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await reader?.close();
  await writer?.close();
  await database.drop();
});

async function publish(title: string): Promise<void> {
  const address = `http://files.example/ann/${randomUUID()}/datapackage.json`;
  const made = await writer?.createLoad({ address, datapackage: address, requestedBy: 'ann' });
  const begun = made && (await writer?.startAttempt(made.load.id, 0));
  if (begun === undefined) throw new Error('the load did not start');
  await writer?.claimPackage(begun.attempt, ID);
  const cube = { id: ID, resource: 'data', file: `_cubes/${title}`, rows: 1, columns: [], model: {} };
  const descriptor = { name: 'budget', title };
  await writer?.publish(begun.attempt, { packageId: ID, descriptor, model: {}, cubes: [cube], rows: 1 });
}

describe('a package that was read before', () => {
  it('is read as it is now, whoever changed it and whatever of it', async () => {
    await publish('first');
    expect(await reader?.findCube(ID)).toMatchObject({
      cube: { file: '_cubes/first' },
      package: { private: true, version: 1, descriptor: { title: 'first' } },
    });

    await client.query('UPDATE registry.packages SET private = false WHERE id = $1', [ID]);
    expect((await reader?.findPackage(ID))?.private).toBe(false);

    await writer?.setDefaultParams(ID, { params: 'x' });
    expect((await reader?.findPackage(ID))?.descriptor.defaultParams).toEqual({ params: 'x' });

    await publish('second');
    expect((await reader?.findCube(ID))?.cube.file).toBe('_cubes/second');

    await writer?.deletePackage(ID);
    expect(await reader?.findPackage(ID)).toBeUndefined();

    await publish('third');
    expect(await reader?.findCube(ID)).toMatchObject({
      cube: { file: '_cubes/third' },
      package: { private: true, version: 1 },
    });
  });

  it('is as the client of the database has it, and one and the same while nothing changes', async () => {
    await publish('fourth');
    const [mine] = (await reader?.packagesOf('ann', { page: 1, perPage: 1 }))?.items ?? [];
    const found = await reader?.findPackage(ID);
    expect(found).toEqual(mine);
    expect(await reader?.findPackage(ID)).toBe(found);
  });
});
