import { createTestDatabase } from '@flyloft/testing';
import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { createJobQueue, migrateQueue } from '../src/index.ts';
import { queueSuite } from './queue-suite.ts';

describe('job queue on PostgreSQL', () => {
  queueSuite(async () => {
    const database = await createTestDatabase();
    return {
      url: database.url,
      backendAt: (connectionString) => ({ kind: 'postgres', connectionString }),
      dispose: database.drop,
    };
  });
});

describe('migrateQueue', () => {
  it('is a no-op the second time, and once when two run at once', async () => {
    const database = await createTestDatabase({ empty: true });
    const [one, other] = await Promise.all([migrateQueue(database.url), migrateQueue(database.url)]);
    expect(one).toBe(other);
    expect(await migrateQueue(database.url)).toBe(one);
    await database.drop();
  });

  it('is asked for, plainly, by a queue whose schema is missing', async () => {
    const database = await createTestDatabase({ empty: true });
    const backend = { kind: 'postgres', connectionString: database.url } as const;
    const queue = createJobQueue({ name: 'loads', backend, onError: () => undefined });
    await expect(queue.add('a', {})).rejects.toThrow(/queue/);
    await migrateQueue(database.url);
    await queue.add('a', {});
    await queue.close();
    await database.drop();
  });

  it('leaves nothing in the schema that a role with rights on its tables alone could not use', async () => {
    const database = await createTestDatabase();
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    const role = `user_of_queue_${process.pid}`;
    await admin.query(`
      CREATE ROLE ${role} LOGIN PASSWORD 'test';
      GRANT USAGE ON SCHEMA queue TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queue TO ${role};
      GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA queue TO ${role};
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA queue TO ${role};`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'test';
    const backend = { kind: 'postgres', connectionString: url.href } as const;
    const queue = createJobQueue({ name: 'loads', backend, onError: () => undefined });
    await queue.add('a', {});
    expect(await queue.waiting()).toBe(1);
    await queue.close();
    await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await admin.end();
    await database.drop();
  });
});
