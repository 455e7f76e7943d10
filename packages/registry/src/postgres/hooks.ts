import { randomUUID } from 'node:crypto';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { HookRun } from '../hooks/hook-run.ts';
import type { JsonObject } from '../packages/published-package.ts';
import type { Registry } from '../registry.ts';

type Hooks = Pick<Registry, 'createHookRun' | 'findHookRun' | 'startHookRun' | 'finishHookRun'>;

interface HookRow {
  readonly id: string;
  readonly package_id: string;
  readonly requested_by: string;
  readonly pipeline: string;
  readonly payload: JsonObject;
  readonly status: HookRun['status'];
  readonly response: string | null;
  readonly error: string | null;
}

function toHookRun(row: HookRow | undefined): HookRun | undefined {
  if (row === undefined) return undefined;
  const { id, package_id, requested_by, pipeline, payload, status, response, error } = row;
  return {
    ...{ id, packageId: package_id, requestedBy: requested_by, pipeline, payload, status },
    response: response ?? undefined,
    error: error ?? undefined,
  };
}

/** Hook runs: each is begun once and ends once, whoever is first. */
export function createHooks(database: PrismaClient): Hooks {
  const findHookRun: Hooks['findHookRun'] = async (id) => {
    const rows = await database.$queryRaw<HookRow[]>`SELECT * FROM registry.hook_runs WHERE id = ${id}::uuid`;
    return toHookRun(rows[0]);
  };
  return {
    findHookRun,
    createHookRun: async ({ packageId, requestedBy, pipeline, payload }) => {
      const rows = await database.$queryRaw<HookRow[]>`
        INSERT INTO registry.hook_runs (id, package_id, requested_by, pipeline, payload)
        VALUES (${randomUUID()}::uuid, ${packageId}, ${requestedBy}, ${pipeline}, ${JSON.stringify(payload)}::jsonb)
        RETURNING *`;
      const run = toHookRun(rows[0]);
      if (run === undefined) throw new Error('a hook run was not made');
      return run;
    },
    startHookRun: async (id) => {
      const rows = await database.$queryRaw<HookRow[]>`
        UPDATE registry.hook_runs SET status = 'running', started_at = clock_timestamp()
        WHERE id = ${id}::uuid AND status = 'queued' RETURNING *`;
      return toHookRun(rows[0]);
    },
    finishHookRun: async (id, outcome) => {
      const response = outcome.kind === 'done' ? outcome.response : null;
      const error = outcome.kind === 'fail' ? outcome.error : null;
      await database.$executeRaw`
        UPDATE registry.hook_runs
        SET status = ${outcome.kind}, response = ${response}, error = ${error}, finished_at = clock_timestamp()
        WHERE id = ${id}::uuid AND status IN ('queued', 'running')`;
      return findHookRun(id);
    },
  };
}
