import type { Pool } from 'pg';
import { EVERYONE } from '../permissions/service-administration.ts';
import type { PermissionStore, Permissions } from '../permissions/service-permissions.ts';

interface PermissionRow {
  readonly userid: string;
  /** A check of the table makes every value an object. */
  readonly permissions: Permissions;
}

export function createPermissionStore(reads: Pool): PermissionStore {
  return {
    find: async (userid, service) => {
      const { rows } = await reads.query<PermissionRow>({
        name: 'service-permissions',
        text: 'SELECT userid, permissions FROM auth.service_permissions WHERE service = $1 AND userid IN ($2, $3)',
        values: [service, EVERYONE, userid],
      });
      const of = (id: string) => rows.find((row) => row.userid === id)?.permissions ?? {};
      return { everyone: of(EVERYONE), own: of(userid) };
    },
  };
}
