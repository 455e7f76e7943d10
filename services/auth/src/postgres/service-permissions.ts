import type { PermissionStore, Permissions } from '../permissions/service-permissions.ts';
import type { Database } from './database.ts';

const EVERYONE = '*';

export function createPermissionStore(database: Database): PermissionStore {
  return {
    find: async (userid, service) => {
      const rows = await database.servicePermission.findMany({
        where: { service, userid: { in: [EVERYONE, userid] } },
      });
      // a check of the table makes every value an object
      const of = (id: string) => (rows.find((row) => row.userid === id)?.permissions ?? {}) as Permissions;
      return { everyone: of(EVERYONE), own: of(userid) };
    },
  };
}
