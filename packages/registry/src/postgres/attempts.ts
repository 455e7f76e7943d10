import { isFinalStatus, LOAD_STATUSES, type LoadStatus, mayFollow } from '@flyloft/common';
import { StaleAttemptError } from '../errors.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { type Load, type LoadAttempt, problemsInRow } from '../loads/load.ts';
import { parsePackageId } from '../packages/package-id.ts';
import type { Registry } from '../registry.ts';
import type { Database } from './client.ts';
import { indexPackage } from './index-packages.ts';
import { storeProblems } from './load-problems.ts';
import { markPackageAtWork, markPackageFailed } from './package-status.ts';
import { toLoad } from './rows.ts';
import { storableJson, storableText } from './storable.ts';

type Attempts = Pick<
  Registry,
  | 'startAttempt'
  | 'heartbeat'
  | 'advance'
  | 'claimPackage'
  | 'mustWait'
  | 'release'
  | 'postpone'
  | 'fail'
  | 'finishUnchanged'
>;

/** Where a load at work may be when it goes to this status. A queued load belongs to no attempt. */
export function statusesBefore(status: LoadStatus): LoadStatus[] {
  return LOAD_STATUSES.filter((from) => from !== 'queued' && mayFollow(from, status));
}

export async function loadOf(database: Database, loadId: string): Promise<Load> {
  return toLoad(await database.load.findUniqueOrThrow({ where: { id: loadId } }));
}

/** Nothing was written: the attempt is stale, or the caller wanted to go back. */
async function refuse(database: Database, { loadId, attempt }: LoadAttempt, to: LoadStatus): Promise<never> {
  const load = await loadOf(database, loadId);
  const alive = load.attempt === attempt && load.status !== 'queued' && !isFinalStatus(load.status);
  if (alive) throw new RangeError(`a load cannot go from ${load.status} to ${to}`);
  throw new StaleAttemptError(loadId, attempt);
}

/** What a worker writes. Every statement is conditional on the attempt: a worker that was overtaken loses. */
export function createAttempts(database: PrismaClient): Attempts {
  return {
    startAttempt: async (loadId, afterAttempt) => {
      const started = await database.$executeRaw`
        UPDATE registry.loads
        SET status = 'initializing', attempt = attempt + 1, heartbeat_at = clock_timestamp(), claimed_at = NULL,
            started_at = COALESCE(started_at, clock_timestamp()), rows = 0, rows_total = NULL, bytes = NULL,
            phases = jsonb_build_array(
              jsonb_build_object('status', 'queued', 'started_at', created_at),
              jsonb_build_object('status', 'initializing', 'started_at', clock_timestamp()))
        WHERE id = ${loadId}::uuid AND attempt = ${afterAttempt} AND status = 'queued'`;
      if (started === 0) return undefined;
      return { load: await loadOf(database, loadId), attempt: { loadId, attempt: afterAttempt + 1 } };
    },

    heartbeat: async ({ loadId, attempt }) => {
      const beaten = await database.$executeRaw`
        UPDATE registry.loads SET heartbeat_at = clock_timestamp()
        WHERE id = ${loadId}::uuid AND attempt = ${attempt} AND status NOT IN ('queued', 'done', 'fail')`;
      if (beaten === 0) throw new StaleAttemptError(loadId, attempt);
    },

    advance: async (attempt, { status, rows = 0, rowsTotal = null, bytes = null }) => {
      const advanced = await database.$executeRaw`
        UPDATE registry.loads
        SET status = ${status}, heartbeat_at = clock_timestamp(), rows = GREATEST(rows, ${rows}::bigint),
            rows_total = COALESCE(${rowsTotal}::bigint, rows_total), bytes = COALESCE(${bytes}::bigint, bytes),
            phases = CASE WHEN status = ${status} THEN phases ELSE phases || jsonb_build_array(
              jsonb_build_object('status', ${status}::text, 'started_at', clock_timestamp())) END
        WHERE id = ${attempt.loadId}::uuid AND attempt = ${attempt.attempt}
          AND status = ANY(${statusesBefore(status)}::text[])`;
      if (advanced === 0) await refuse(database, attempt, status);
    },

    claimPackage: async (attempt, packageId) => {
      const { owner, name } = parsePackageId(packageId);
      return database.$transaction(async (transaction) => {
        await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('package ' || ${packageId}))`;
        const known = await transaction.$executeRaw`
          UPDATE registry.loads SET package_id = ${packageId}, heartbeat_at = clock_timestamp()
          WHERE id = ${attempt.loadId}::uuid AND attempt = ${attempt.attempt}
            AND status NOT IN ('queued', 'done', 'fail')`;
        if (known === 0) throw new StaleAttemptError(attempt.loadId, attempt.attempt);
        const load = await loadOf(transaction, attempt.loadId);
        if (load.requestedBy !== owner) throw new RangeError(`${load.requestedBy} does not own ${packageId}`);
        // In the order in which they were asked for; one that was begun and waits in the queue again has lost its place.
        const claimed = await transaction.$executeRaw`
          UPDATE registry.loads AS mine SET claimed_at = COALESCE(claimed_at, clock_timestamp())
          WHERE id = ${attempt.loadId}::uuid AND NOT EXISTS (
            SELECT FROM registry.loads AS other
            WHERE other.package_id = ${packageId} AND other.id <> mine.id
              AND other.status NOT IN ('done', 'fail') AND (other.status <> 'queued' OR other.attempt = 0)
              AND (other.claimed_at IS NOT NULL OR other.created_at < mine.created_at))`;
        if (claimed === 0) return false;
        const { status, datapackage } = load;
        const at = { id: packageId, owner, name, originUrl: datapackage, status };
        if (await markPackageAtWork(transaction, at)) await indexPackage(transaction, packageId);
        return true;
      });
    },

    mustWait: async (loadId) => {
      const [row] = await database.$queryRaw<{ waits: boolean }[]>`
        SELECT EXISTS (
          SELECT FROM registry.loads AS mine JOIN registry.loads AS other USING (package_id)
          WHERE mine.id = ${loadId}::uuid AND other.id <> mine.id AND other.status NOT IN ('done', 'fail') AND (other.status <> 'queued' OR other.attempt = 0)
            AND (other.claimed_at IS NOT NULL OR other.created_at < mine.created_at)) AS waits`;
      return row?.waits ?? false;
    },

    release: async ({ loadId, attempt }) => {
      const released = await database.$executeRaw`
        UPDATE registry.loads
        SET status = 'queued', rows = 0, enqueued_at = NULL, heartbeat_at = NULL, claimed_at = NULL
        WHERE id = ${loadId}::uuid AND attempt = ${attempt} AND status NOT IN ('queued', 'done', 'fail')`;
      if (released === 0) throw new StaleAttemptError(loadId, attempt);
    },

    postpone: async ({ loadId, attempt }) => {
      const postponed = await database.$executeRaw`
        UPDATE registry.loads
        SET status = 'queued', attempt = attempt - 1, heartbeat_at = NULL, started_at = NULL, phases = '[]'::jsonb
        WHERE id = ${loadId}::uuid AND attempt = ${attempt} AND claimed_at IS NULL
          AND status NOT IN ('queued', 'done', 'fail')`;
      if (postponed === 0) throw new StaleAttemptError(loadId, attempt);
    },

    fail: async (attempt, failure) =>
      database.$transaction(async (transaction) => {
        const problems = storableJson(problemsInRow(failure.problems));
        const error = storableText(failure.error);
        const failed = await transaction.$executeRaw`
          UPDATE registry.loads
          SET status = 'fail', error = ${error}, code = ${failure.code}, problems = ${problems}::jsonb,
              problems_total = ${failure.problemsTotal ?? failure.problems?.length ?? 0},
              warnings = ${(failure.warnings ?? []).map(storableText)}::text[], finished_at = clock_timestamp(), claimed_at = NULL,
              phases = phases || jsonb_build_array(
                jsonb_build_object('status', 'fail', 'started_at', clock_timestamp()))
          WHERE id = ${attempt.loadId}::uuid AND attempt = ${attempt.attempt}
            AND status = ANY(${statusesBefore('fail')}::text[])`;
        if (failed === 0) await refuse(transaction, attempt, 'fail');
        await storeProblems(transaction, attempt.loadId, failure.problems);
        const load = await loadOf(transaction, attempt.loadId);
        await markPackageFailed(transaction, load.packageId ?? null, error);
        return load;
      }),

    finishUnchanged: async (attempt) =>
      database.$transaction(async (transaction) => {
        const finished = await transaction.$executeRaw`
          UPDATE registry.loads AS load
          SET status = 'done', unchanged = true, rows = package.rows, rows_total = package.rows,
              finished_at = clock_timestamp(), claimed_at = NULL,
              phases = phases || jsonb_build_array(
                jsonb_build_object('status', 'done', 'started_at', clock_timestamp()))
          FROM (
            SELECT packages.id, loads.rows FROM registry.packages
            JOIN registry.loads ON loads.id = packages.current_load_id
          ) AS package
          WHERE load.id = ${attempt.loadId}::uuid AND attempt = ${attempt.attempt} AND claimed_at IS NOT NULL
            AND package.id = load.package_id AND status = ANY(${statusesBefore('done')}::text[])`;
        if (finished === 0) await refuse(transaction, attempt, 'done');
        await transaction.$executeRaw`
          UPDATE registry.packages SET loading_status = 'done', loading_error = NULL
          WHERE id = (SELECT package_id FROM registry.loads WHERE id = ${attempt.loadId}::uuid)`;
        return loadOf(transaction, attempt.loadId);
      }),
  };
}
