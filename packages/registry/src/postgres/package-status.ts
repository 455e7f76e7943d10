import type { LoadStatus } from '@flyloft/common';
import type { Database } from './client.ts';

/** The package says that its newest load failed; its data stays what it was. */
export async function markPackageFailed(
  database: Database,
  packageId: string | null,
  error: string,
): Promise<void> {
  if (packageId === null) return;
  await database.$executeRaw`
    UPDATE registry.packages
    SET loading_status = 'fail', loading_error = ${error}, last_update = clock_timestamp()
    WHERE id = ${packageId}`;
}

export interface PackageAtWork {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly originUrl: string;
  readonly status: LoadStatus;
}

/** The package says that a load is at work; a first load makes its row, private and not loaded. Answers whether it did. */
export async function markPackageAtWork(database: Database, at: PackageAtWork): Promise<boolean> {
  const descriptor = JSON.stringify({ name: at.name });
  const [row] = await database.$queryRaw<{ created: boolean }[]>`
    INSERT INTO registry.packages (id, owner, name, descriptor, origin_url, loading_status)
    VALUES (${at.id}, ${at.owner}, ${at.name}, ${descriptor}::jsonb, ${at.originUrl}, ${at.status})
    ON CONFLICT (id) DO UPDATE SET loading_status = excluded.loading_status, loading_error = NULL
    RETURNING xmax = 0 AS created`;
  return row?.created ?? false;
}
