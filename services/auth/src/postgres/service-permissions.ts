import { EVERYONE } from '../permissions/service-administration.ts';
import type { PermissionStore, Permissions } from '../permissions/service-permissions.ts';
import type { Statements } from './pool.ts';
import { readTogether } from './read-together.ts';

interface PermissionRow {
  readonly userid: string;
  readonly service: string;
  /** A check of the table makes every value an object. */
  readonly permissions: Permissions;
}

// Everyone's rows and those of the people; what one person's row stands at a service is found by its pair.
const ROWS = `
  SELECT userid, service, permissions FROM auth.service_permissions
  WHERE service = ANY($1) AND (userid = '${EVERYONE}' OR userid = ANY($2))`;

const pair = (userid: string, service: string) => JSON.stringify([userid, service]);

export function createPermissionStore(reads: Statements): PermissionStore {
  const read = readTogether<{ everyone: Permissions; own: Permissions }>(async (keys) => {
    // the pairs made above
    const asked = keys.map((key) => [key, ...(JSON.parse(key) as [string, string])] as const);
    const [people, services] = [asked.map(([, userid]) => userid), asked.map(([, , service]) => service)];
    const values = [[...new Set(services)], [...new Set(people)]];
    const { rows } = await reads.query<PermissionRow>({ name: 'service-permissions', text: ROWS, values });
    const found = new Map(rows.map((row) => [pair(row.userid, row.service), row.permissions]));
    const of = (userid: string, service: string) => found.get(pair(userid, service)) ?? {};
    return new Map(
      asked.map(([key, userid, service]) => [
        key,
        { everyone: of(EVERYONE, service), own: of(userid, service) },
      ]),
    );
  });
  return {
    find: async (userid, service) => (await read(pair(userid, service))) ?? { everyone: {}, own: {} },
  };
}
