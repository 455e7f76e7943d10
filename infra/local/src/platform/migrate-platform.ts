import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { migrateQueue } from '@flyloft/job-queue';
import { migrate } from '@flyloft/migrations';
import { repositoryRoot } from './repository-root.ts';

/** Which folder of migrations owns which PostgreSQL schema (architecture.md section 3). */
const MIGRATIONS = [
  { schema: 'auth', folder: 'services/auth/prisma/migrations' },
  { schema: 'data_sets', folder: 'packages/data-sets/migrations' },
  { schema: 'kept_answers', folder: 'packages/data-sets/migrations-kept-answers' },
  { schema: 'registry', folder: 'packages/registry/prisma/migrations' },
] as const;

/** Applies every pending migration of the platform; answers `schema/name` of those that were applied. */
export async function migratePlatform(connectionString: string): Promise<string[]> {
  const applied: string[] = [];
  for (const { schema, folder } of MIGRATIONS) {
    const path = join(repositoryRoot, folder);
    if (!existsSync(path)) continue;
    const names = await migrate({ connectionString, schema, folder: path });
    applied.push(...names.map((name) => `${schema}/${name}`));
  }
  // The queue's tables are BullMQ's own, in a schema of their own.
  await migrateQueue(connectionString);
  return applied;
}
