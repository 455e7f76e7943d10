import { problem, TARGET_KINDS } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { ReportStore } from '../../moderation/reports.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { actorOf, idOf } from '../admin/acting.ts';
import { adminErrors } from '../admin/admin-errors.ts';
import { requireRight } from '../admin/require-right.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { queuedReportAnswer, queuedReportSchema } from './report-answer.ts';

export interface HandleReportsDependencies {
  readonly sources: HolderSources;
  readonly reports: ReportStore;
  readonly reportersToHide: number;
}

/** Which reports; the open ones where nothing is said. */
export const reportFilterSchema = z.strictObject({
  state: z.enum(['open', 'dismissed', 'closed', 'all']).default('open'),
  type: z.enum(TARGET_KINDS).optional(),
});
const querySchema = reportFilterSchema.extend(pageParameters);

export function reportFilter({ state, type }: z.output<typeof reportFilterSchema>) {
  return { state: state === 'all' ? undefined : state, kind: type };
}

const bodySchema = z
  .object({
    dismissed: z.literal(true).optional().describe('There is nothing wrong with it'),
    closed: z.literal(true).optional().describe('There was, and it has been dealt with'),
    hide: z
      .boolean()
      .optional()
      .describe(
        'Whether strangers are not shown it from now on. Left out: what reports have hidden stays hidden when one is closed, and is shown again when too few are left after a dismissal',
      ),
    all_of_target: z.boolean().default(false).describe('Also every other open report of the same thing'),
  })
  .refine(
    ({ dismissed, closed }) => (dismissed === undefined) !== (closed === undefined),
    'must say either dismissed or closed',
  );

const UNKNOWN = 'There is no report with this id';

/** The moderators' queue at `/reports` and, by the name of the other lists, `/admin/reports` (auth.md A5). */
export function handleReportsEndpoints({
  sources,
  reports,
  reportersToHide,
}: HandleReportsDependencies): Endpoint[] {
  const list: RequestHandler = async (req, res) => {
    const query = validate(querySchema, req.query, 'parameters');
    const { entries, total } = await reports.list(reportFilter(query), query);
    res.json(pageAnswer(entries.map(queuedReportAnswer), total, query));
  };
  const show: RequestHandler = async (req, res) => {
    const report = await reports.find(idOf(req, UNKNOWN));
    if (report === undefined) throw problem('not_found', UNKNOWN);
    res.json(queuedReportAnswer(report));
  };
  const handle: RequestHandler = async (req, res) => {
    const id = idOf(req, UNKNOWN);
    const { dismissed, hide, all_of_target: allOfTarget } = validate(bodySchema, req.body, 'body');
    const state = dismissed ? 'dismissed' : 'closed';
    const decision = { state, hide, allOfTarget } as const;
    res.json(queuedReportAnswer(await reports.handle(id, decision, reportersToHide, actorOf(res))));
  };
  const mayHandle = requireRight(sources, { all: ['report:handle:any'] });
  const shared = { tag: 'moderation', secured: true } as const;
  const params = z.object({ id: z.string() });
  const page = { description: 'One page', schema: pageSchema(queuedReportSchema) };
  const one = { description: 'The report', schema: queuedReportSchema };
  const unknown = { 404: { description: UNKNOWN } };
  const at = (root: string): Endpoint[] => [
    {
      ...{ ...shared, method: 'get', path: root, summary: 'The reports, the oldest first' },
      request: { query: querySchema },
      answers: { 200: page, ...adminErrors },
      handlers: [noStore, mayHandle, list],
    },
    {
      ...{ ...shared, method: 'get', path: `${root}/:id`, summary: 'One report' },
      request: { params },
      answers: { 200: one, ...adminErrors, ...unknown },
      handlers: [noStore, mayHandle, show],
    },
    {
      ...{ ...shared, method: 'patch', path: `${root}/:id`, summary: 'Dismiss a report, or close it' },
      request: { params, body: { schema: bodySchema } },
      answers: { 200: one, ...adminErrors, ...unknown, 409: { description: 'It was handled before' } },
      handlers: [noStore, mayHandle, ...jsonBody, handle],
    },
  ];
  return [...at('/reports'), ...at('/admin/reports')];
}
