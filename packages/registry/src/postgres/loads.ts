import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { problemsToKeep } from '../loads/load.ts';
import type { Registry } from '../registry.ts';
import { toLoad } from './rows.ts';

type Loads = Pick<Registry, 'createLoad' | 'createFailedLoad' | 'findLoad' | 'newestLoad'>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Making loads and finding them, for the conductor. */
export function createLoads(database: PrismaClient): Loads {
  const findLoad: Registry['findLoad'] = async (id) => {
    if (!UUID.test(id)) return undefined;
    const row = await database.load.findUnique({ where: { id } });
    return row === null ? undefined : toLoad(row);
  };
  const existing = async (id: string) => {
    const load = await findLoad(id);
    if (load === undefined) throw new Error(`load ${id} has vanished`);
    return load;
  };

  return {
    findLoad,

    createLoad: async ({ datapackage, address, requestedBy, force = false }) => {
      // One statement, so that of two uploads at once one makes the row and both answer it.
      const [row] = await database.$queryRaw<{ id: string; created: boolean }[]>`
        INSERT INTO registry.loads (id, address, datapackage, requested_by, force, phases)
        VALUES (${randomUUID()}::uuid, ${address}, ${datapackage}, ${requestedBy}, ${force}, jsonb_build_array(
          jsonb_build_object('status', 'queued', 'started_at', clock_timestamp())))
        ON CONFLICT (address, requested_by) WHERE status = 'queued' AND attempt = 0
          DO UPDATE SET force = loads.force OR excluded.force
        RETURNING id, xmax = 0 AS created`;
      if (row === undefined) throw new Error('a load was neither made nor found');
      return { load: await existing(row.id), created: row.created };
    },

    createFailedLoad: async ({ datapackage, address, requestedBy, force = false }, failure) => {
      const id = randomUUID();
      const problems = JSON.stringify(problemsToKeep(failure.problems));
      await database.$executeRaw`
        INSERT INTO registry.loads (id, address, datapackage, requested_by, force, status, error, code, problems,
          problems_total, finished_at, phases)
        VALUES (${id}::uuid, ${address}, ${datapackage}, ${requestedBy}, ${force}, 'fail', ${failure.error},
          ${failure.code}, ${problems}::jsonb, ${failure.problemsTotal ?? failure.problems?.length ?? 0},
          clock_timestamp(), jsonb_build_array(jsonb_build_object('status', 'fail', 'started_at', clock_timestamp())))`;
      return existing(id);
    },

    newestLoad: async (address) => {
      const row = await database.load.findFirst({
        where: { address },
        orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
      });
      return row === null ? undefined : toLoad(row);
    },
  };
}
