import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { problemsInRow } from '../loads/load.ts';
import type { LoadOnce, NewLoad, Registry } from '../registry.ts';
import { loadOf } from './attempts.ts';
import type { Database } from './client.ts';
import { readProblems, storeProblems } from './load-problems.ts';
import { toLoad } from './rows.ts';
import { storableJson, storableText } from './storable.ts';

type Loads = Pick<
  Registry,
  | 'createLoad'
  | 'createFailedLoad'
  | 'createLoadOnce'
  | 'findLoad'
  | 'findLoads'
  | 'loadProblems'
  | 'loadsOfPackage'
  | 'newestLoad'
>;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** One statement, so that of two uploads at once one makes the row and both answer it. */
async function insertLoad(database: Database, asked: NewLoad) {
  const { datapackage, address, requestedBy, force = false, private: wanted = null } = asked;
  // A package that was loaded from here before has this load in its history even if it fails early.
  const [row] = await database.$queryRaw<{ id: string; created: boolean }[]>`
    INSERT INTO registry.loads (id, address, datapackage, requested_by, force, private, package_id, phases)
    VALUES (${randomUUID()}::uuid, ${address}, ${datapackage}, ${requestedBy}, ${force}, ${wanted}::boolean,
      (SELECT packages.id FROM registry.loads AS earlier
       JOIN registry.packages ON packages.id = earlier.package_id
       WHERE earlier.address = ${address} AND earlier.requested_by = ${requestedBy}
       ORDER BY earlier.created_at DESC LIMIT 1),
      jsonb_build_array(jsonb_build_object('status', 'queued', 'started_at', clock_timestamp())))
    ON CONFLICT (address, requested_by) WHERE status = 'queued' AND attempt = 0
      DO UPDATE SET force = loads.force OR excluded.force, private = COALESCE(excluded.private, loads.private)
    RETURNING id, xmax = 0 AS created`;
  if (row === undefined) throw new Error('a load was neither made nor found');
  return { load: await loadOf(database, row.id), created: row.created };
}

interface ReceiptRow {
  readonly fingerprint: string;
  readonly load_id: string;
  readonly body: string;
}

async function knownAnswer(
  database: Database,
  owner: string,
  keyHash: string,
): Promise<LoadOnce | undefined> {
  const [row] = await database.$queryRaw<ReceiptRow[]>`
    SELECT fingerprint, load_id, body FROM registry.receipts
    WHERE owner = ${owner} AND key_hash = ${keyHash} AND created_at > clock_timestamp() - interval '1 day'`;
  return row && { kind: 'known', fingerprint: row.fingerprint, loadId: row.load_id, body: row.body };
}

/** Making loads and finding them, for the conductor. */
export function createLoads(database: PrismaClient): Loads {
  return {
    findLoad: async (id) => {
      if (!UUID.test(id)) return undefined;
      const row = await database.load.findUnique({ where: { id } });
      return row === null ? undefined : toLoad(row);
    },

    findLoads: async (ids) => (await database.load.findMany({ where: { id: { in: [...ids] } } })).map(toLoad),

    createLoad: (asked) => insertLoad(database, asked),

    createLoadOnce: (asked, { keyHash, fingerprint, answer }) =>
      database.$transaction(async (transaction) => {
        const owner = asked.requestedBy;
        const [lock] = await transaction.$queryRaw<{ free: boolean }[]>`
          SELECT pg_try_advisory_xact_lock(hashtext('receipt ' || ${owner} || ' ' || ${keyHash})) AS free`;
        const known = await knownAnswer(transaction, owner, keyHash);
        if (known !== undefined) return known;
        if (!lock?.free) return { kind: 'in flight' };
        const { load } = await insertLoad(transaction, asked);
        const body = answer(load);
        await transaction.$executeRaw`
          INSERT INTO registry.receipts (owner, key_hash, fingerprint, load_id, body)
          VALUES (${owner}, ${keyHash}, ${fingerprint}, ${load.id}::uuid, ${body})
          ON CONFLICT (owner, key_hash) DO UPDATE
            SET fingerprint = excluded.fingerprint, load_id = excluded.load_id, body = excluded.body,
                created_at = clock_timestamp()`;
        return { kind: 'made', load, body };
      }),

    createFailedLoad: async ({ datapackage, address, requestedBy, force = false }, failure) =>
      database.$transaction(async (transaction) => {
        const id = randomUUID();
        const problems = storableJson(problemsInRow(failure.problems));
        await transaction.$executeRaw`
          INSERT INTO registry.loads (id, address, datapackage, requested_by, force, status, error, code, problems,
            problems_total, finished_at, phases)
          VALUES (${id}::uuid, ${address}, ${datapackage}, ${requestedBy}, ${force}, 'fail', ${storableText(failure.error)},
            ${failure.code}, ${problems}::jsonb, ${failure.problemsTotal ?? failure.problems?.length ?? 0},
            clock_timestamp(),
            jsonb_build_array(jsonb_build_object('status', 'fail', 'started_at', clock_timestamp())))`;
        await storeProblems(transaction, id, failure.problems);
        return loadOf(transaction, id);
      }),

    loadProblems: (id) => readProblems(database, id),

    loadsOfPackage: async (packageId, { page, perPage }) => {
      const where = { packageId };
      const [rows, total] = await Promise.all([
        database.load.findMany({
          where,
          orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
          skip: (page - 1) * perPage,
          take: perPage,
        }),
        database.load.count({ where }),
      ]);
      return { items: rows.map(toLoad), total };
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
