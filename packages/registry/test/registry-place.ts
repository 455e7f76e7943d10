import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@flyloft/testing';
import { Client } from 'pg';
import { createRegistry, type LoadAttempt, type NewLoad, type Publication } from '../src/index.ts';

/** A registry in a database of one test file's own, and what tests do to it besides. */
export async function openRegistryPlace() {
  const database = await createTestDatabase();
  const registry = createRegistry({ connectionString: database.url });

  const sql = async (text: string, values: unknown[] = []) => {
    const client = new Client({ connectionString: database.url });
    await client.connect();
    await client.query(text, values);
    await client.end();
  };
  /** A load at its first attempt. */
  const started = async (load: NewLoad = newLoad()): Promise<LoadAttempt> => {
    const made = await registry.createLoad(load);
    const begun = await registry.startAttempt(made.load.id, 0);
    if (begun === undefined) throw new Error('the load did not start');
    return begun.attempt;
  };
  /** A load that has published its package. */
  const published = async (name: string, requestedBy = 'ann', changes: Partial<Publication> = {}) => {
    const attempt = await started(newLoad(randomUUID(), requestedBy));
    const packageId = `${requestedBy}:${name}`;
    if (!(await registry.claimPackage(attempt, packageId))) throw new Error('it is not its turn');
    await registry.publish(attempt, publication(packageId, changes));
    return attempt;
  };
  const close = async () => {
    await registry.close();
    await database.drop();
  };
  return { registry, sql, started, published, close };
}

export const newLoad = (name: string = randomUUID(), requestedBy = 'ann') => {
  const address = `http://files.example/${requestedBy}/${name}/datapackage.json`;
  return { address, datapackage: address, requestedBy };
};

export const publication = (packageId: string, changes: Partial<Publication> = {}): Publication => ({
  packageId,
  descriptor: {
    name: 'budget',
    author: 'Ann Example <ann@example.org>',
    owner: 'someone else',
    private: false,
  },
  model: { measures: {} },
  cubes: [
    { id: packageId, resource: 'data', file: '_cubes/x', rows: 3, columns: [], model: { measures: {} } },
  ],
  rows: 3,
  ...changes,
});
