import { TARGET_KINDS } from '@flyloft/common';
import { z } from 'zod';
import type { QueuedReport, Report } from '../../moderation/reports.ts';

/** A report as its reporter sees it. */
export const reportSchema = z.object({
  id: z.uuid(),
  type: z.enum(TARGET_KINDS),
  target: z.string(),
  reason: z.string(),
  created_at: z.iso.datetime(),
  dismissed: z.boolean(),
  closed: z.boolean(),
});

/** A report as moderators see it. */
export const queuedReportSchema = reportSchema.extend({
  reporter: z.uuid().nullable().describe('Null when the account is deleted'),
  open_reports: z.int().describe('Open reports of the same target, this one included'),
  hidden: z.boolean().describe('Whether strangers are not shown the target'),
  handled_at: z.iso.datetime().nullable(),
  handled_by: z.uuid().nullable(),
});

export function reportAnswer(report: Report): z.output<typeof reportSchema> {
  const { id, kind, target, reason, createdAt, state } = report;
  return {
    ...{ id, type: kind, target, reason, created_at: createdAt.toISOString() },
    ...{ dismissed: state === 'dismissed', closed: state === 'closed' },
  };
}

export function queuedReportAnswer(report: QueuedReport): z.output<typeof queuedReportSchema> {
  return {
    ...reportAnswer(report),
    reporter: report.reporterId,
    open_reports: report.openReports,
    hidden: report.isHidden,
    handled_at: report.handledAt?.toISOString() ?? null,
    handled_by: report.handledBy,
  };
}
