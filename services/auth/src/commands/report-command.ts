import { problem } from '@flyloft/common';
import { loadConfiguration, UsageError, validate } from '@flyloft/service-kit';
import { z } from 'zod';
import { reportsConfiguration } from '../config.ts';
import type { QueuedReport } from '../moderation/reports.ts';
import { reportFilter, reportFilterSchema } from '../routes/reports/handle-reports.ts';
import { queuedReportAnswer } from '../routes/reports/report-answer.ts';
import { type Action, argumentsOf, OPERATOR, pageOf, runAction, sayPage } from './administration.ts';
import type { CommandContext } from './usage.ts';

function lineOf({ id, kind, target, state, reason, openReports, isHidden }: QueuedReport): string {
  const more = [state, `${openReports} open of it`, ...(isHidden ? ['hidden'] : [])].join(', ');
  return `${id}  ${kind} ${target}  ${JSON.stringify(reason)}  (${more})`;
}

function sayReport(report: QueuedReport, { options, say }: CommandContext): void {
  say(options.json ? JSON.stringify(queuedReportAnswer(report)) : lineOf(report));
}

function idOf(args: readonly string[], usage: string): string {
  const [id] = argumentsOf(args, usage, 1);
  return validate(z.object({ id: z.uuid() }), { id }, 'parameters').id;
}

const handle =
  (state: 'dismissed' | 'closed', verb: string): Action =>
  async (args, { reports }, context) => {
    const id = idOf(args, `report ${verb} ID [--all-of-target] [--hide|--show]`);
    const { hide, show, 'all-of-target': allOfTarget } = context.options;
    if (hide && show) throw new UsageError('give --hide or --show, not both');
    const decision = { state, allOfTarget, hide: hide || show ? hide : undefined };
    const { REPORTS_TO_HIDE } = loadConfiguration(reportsConfiguration, context.environment);
    sayReport(await reports.handle(id, decision, REPORTS_TO_HIDE, OPERATOR), context);
  };

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (args, { reports }, context) => {
    argumentsOf(args, 'report list [--state STATE] [--type TYPE]', 0);
    const { state, type } = context.options;
    const filter = reportFilter(validate(reportFilterSchema, { state, type }, 'parameters'));
    const page = pageOf(context);
    sayPage(context, await reports.list(filter, page), page, { answer: queuedReportAnswer, line: lineOf });
  },
  show: async (args, { reports }, context) => {
    const report = await reports.find(idOf(args, 'report show ID'));
    if (report === undefined) throw problem('not_found', 'There is no report with this id');
    sayReport(report, context);
  },
  dismiss: handle('dismissed', 'dismiss'),
  close: handle('closed', 'close'),
};

/** `report list|show|dismiss|close`: the moderators' queue (auth.md A5). */
export const reportCommand = runAction('report', ACTIONS);
