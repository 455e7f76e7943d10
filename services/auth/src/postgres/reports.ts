import { randomUUID } from 'node:crypto';
import { hiddenSubject, problem, TARGET_KINDS } from '@flyloft/common';
import type { AuditContext } from '../audit/audit.ts';
import type { Report as Row } from '../generated/prisma/client.ts';
import type {
  QueuedReport,
  Report,
  ReportDecision,
  ReportStore,
  ReportTarget,
} from '../moderation/reports.ts';
import { rowsOf } from '../routes/paging.ts';
import { writeAudit } from './audit.ts';
import { type Database, lockUntilCommit, type Queries } from './database.ts';
import { notify } from './notifications.ts';
import { isTaken } from './words.ts';

// a check of the table allows no other kinds and states
const reportOf = (row: Row) => row as Report;

/** How a log entry names a target. */
const nameOf = ({ kind, target }: ReportTarget) => `${kind}:${target}`;

/**
 * Different people whose open reports count. Whose earlier report of the same thing was dismissed does not
 * count again: a moderator has looked at it.
 */
async function countReporters(queries: Queries, { kind, target }: ReportTarget): Promise<number> {
  const [row] = await queries.$queryRaw<{ reporters: number }[]>`
    SELECT count(DISTINCT reporter_id)::int AS reporters FROM auth.reports AS report
    WHERE kind = ${kind} AND target = ${target} AND state = 'open' AND NOT EXISTS (
      SELECT FROM auth.reports AS earlier
      WHERE earlier.kind = report.kind AND earlier.target = report.target
        AND earlier.reporter_id = report.reporter_id AND earlier.state = 'dismissed')`;
  return row?.reporters ?? 0;
}

async function hide(
  queries: Queries,
  { kind, target }: ReportTarget,
  context: AuditContext,
  by: 'reports' | 'moderator',
): Promise<void> {
  const where = { kind_target: { kind, target } };
  const before = await queries.hiddenTarget.findUnique({ where });
  const decidedBy = by === 'moderator' ? context.actor : null;
  await queries.hiddenTarget.upsert({ where, create: { kind, target, decidedBy }, update: { decidedBy } });
  if (before !== null) return;
  const event = { action: 'target.hidden', target: nameOf({ kind, target }), details: { by } } as const;
  await writeAudit(queries, by === 'reports' ? { ...context, actor: null } : context, event);
}

async function show(queries: Queries, { kind, target }: ReportTarget, context: AuditContext): Promise<void> {
  const { count } = await queries.hiddenTarget.deleteMany({ where: { kind, target } });
  if (count === 0) return;
  await writeAudit(queries, context, { action: 'target.shown', target: nameOf({ kind, target }) });
}

/** What a decision about a report means for whether its target is shown. */
async function settle(
  queries: Queries,
  target: ReportTarget,
  { state, hide: wanted }: ReportDecision,
  reportersToHide: number,
  context: AuditContext,
): Promise<void> {
  const before = await queries.hiddenTarget.findUnique({ where: { kind_target: target } });
  if (wanted === true || (wanted === undefined && state === 'closed' && before !== null)) {
    return hide(queries, target, context, 'moderator');
  }
  const isLeft = (await countReporters(queries, target)) >= reportersToHide;
  const endsByItself = before !== null && before.decidedBy === null && !isLeft;
  if (wanted === false || endsByItself) await show(queries, target, context);
}

async function queued(queries: Queries, rows: readonly Row[]): Promise<QueuedReport[]> {
  const targets = rows.map(({ kind, target }) => ({ kind, target }));
  const [counts, hidden] = await Promise.all([
    queries.report.groupBy({ by: ['kind', 'target'], where: { state: 'open', OR: targets }, _count: true }),
    queries.hiddenTarget.findMany({ where: { OR: targets } }),
  ]);
  return rows.map(reportOf).map((report) => {
    const isSame = (other: { kind: string; target: string }) =>
      other.kind === report.kind && other.target === report.target;
    return { ...report, openReports: counts.find(isSame)?._count ?? 0, isHidden: hidden.some(isSame) };
  });
}

const TELLING = {
  dismissed: 'A moderator has looked at what you reported and found nothing wrong.',
  closed: 'What you reported has been dealt with. Thank you.',
} as const;

async function tellReporter(
  queries: Queries,
  { id, reporterId, kind, target }: Row,
  state: 'dismissed' | 'closed',
) {
  if (reporterId === null) return;
  const about = { type: kind, id: target };
  await notify(queries, { id, userId: reporterId, kind: 'report-handled', text: TELLING[state], about });
}

export function createReportStore(database: Database): ReportStore {
  return {
    create: ({ kind, target, reason, reporterId }, reportersToHide, context) =>
      database
        .$transaction(async (queries) => {
          // One after the other, so that the last of the quorum sees the others.
          await lockUntilCommit(queries, `reports of ${nameOf({ kind, target })}`);
          const data = { id: randomUUID(), kind, target, reason, reporterId };
          const row = await queries.report.create({ data });
          await writeAudit(queries, context, {
            action: 'report.created',
            target: row.id,
            details: { kind, target, reason },
          });
          const reporters = await countReporters(queries, { kind, target });
          if (reporters >= reportersToHide) await hide(queries, { kind, target }, context, 'reports');
          return reportOf(row);
        })
        .catch((error: unknown) => {
          if (!isTaken(error)) throw error;
          throw problem('conflict', 'You have reported this already; a moderator will look at it');
        }),
    list: async ({ state, kind }, page) => {
      const where = { ...(state === undefined ? {} : { state }), ...(kind === undefined ? {} : { kind }) };
      const [rows, total] = await Promise.all([
        database.report.findMany({ where, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }], ...rowsOf(page) }),
        database.report.count({ where }),
      ]);
      return { entries: await queued(database, rows), total };
    },
    find: async (id) => {
      const row = await database.report.findUnique({ where: { id } });
      return row === null ? undefined : (await queued(database, [row]))[0];
    },
    handle: (id, decision, reportersToHide, context) =>
      database.$transaction(async (queries) => {
        const found = await queries.report.findUnique({ where: { id } });
        if (found === null) throw problem('not_found', 'There is no report with this id');
        const target = { kind: reportOf(found).kind, target: found.target };
        await lockUntilCommit(queries, `reports of ${nameOf(target)}`);
        const { state, allOfTarget } = decision;
        const where = { state: 'open', ...(allOfTarget ? target : { id }) };
        const data = { state, handledAt: new Date(), handledBy: context.actor };
        const handled = await queries.report.updateManyAndReturn({ where, data });
        if (!handled.some((row) => row.id === id)) {
          throw problem('conflict', 'This report was handled before');
        }
        for (const row of handled) {
          await writeAudit(queries, context, { action: `report.${state}`, target: row.id, details: target });
          await tellReporter(queries, row, state);
        }
        await settle(queries, target, decision, reportersToHide, context);
        const [after] = await queued(
          queries,
          handled.filter((row) => row.id === id),
        );
        if (after === undefined) throw new Error('the report is gone');
        return after;
      }),
    isHidden: async ({ kind, target }) =>
      (await database.hiddenTarget.findUnique({ where: { kind_target: { kind, target } } })) !== null,
    hidden: async () => {
      const rows = await database.hiddenTarget.findMany({ orderBy: [{ kind: 'asc' }, { target: 'asc' }] });
      return rows.flatMap(({ kind, target }) => {
        const known = TARGET_KINDS.find((one) => one === kind);
        return known === undefined ? [] : [{ kind: known, subject: hiddenSubject(target) }];
      });
    },
  };
}
