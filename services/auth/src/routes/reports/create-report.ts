import { problem, TARGET_KINDS } from '@flyloft/common';
import { type Endpoint, type EventLimit, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { ReportStore } from '../../moderation/reports.ts';
import type { TargetDirectory } from '../../moderation/target-directory.ts';
import { plainText } from '../../plain-text.ts';
import { requireOwnPermission } from '../auth/kept-request.ts';
import { ownErrors } from '../me/own-data.ts';
import { contextOf, type OwnDataDependencies, personOf, requirePerson } from '../me/require-person.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { reportAnswer, reportSchema } from './report-answer.ts';

export interface CreateReportDependencies extends OwnDataDependencies {
  readonly reports: ReportStore;
  readonly targets: TargetDirectory;
  readonly reportersToHide: number;
  readonly reportLimit: EventLimit;
}

const TARGET = "A package's id, a data set's name, a comment's id, a person's id (UUID or the 32 hex digits)";

/** Who reports and when is the server's to know: what a body says of it is not read (auth.md B2.6). */
const bodySchema = z.object({
  type: z.enum(TARGET_KINDS),
  target: plainText(500).describe(TARGET),
  reason: plainText(120),
});

/** POST `/reports`: tells moderators of something that should not be there (auth.md A5). */
export function createReportEndpoint(deps: CreateReportDependencies): Endpoint {
  const { reports, targets, reportersToHide, reportLimit } = deps;
  const handler: RequestHandler = async (req, res) => {
    const { user } = personOf(res);
    requireOwnPermission(personOf(res), 'report:create:any');
    const { type: kind, target, reason } = validate(bodySchema, req.body, 'body');
    await reportLimit.count(user.id);
    const known = await targets.find(kind, target);
    if (known === undefined) throw problem('not_found', `There is no such ${kind}, or not for everybody`);
    const report = { kind, target: known, reason, reporterId: user.id };
    res.status(201).json(reportAnswer(await reports.create(report, reportersToHide, contextOf(res))));
  };
  return {
    ...{ method: 'post', path: '/reports', tag: 'moderation', secured: true },
    summary: 'Report a package, a data set, a comment or a person to the moderators',
    request: { body: { schema: bodySchema } },
    answers: {
      201: { description: 'The report', schema: reportSchema },
      400: { description: 'A field is not valid; every fault is named' },
      401: ownErrors[401] ?? { description: '' },
      403: { description: 'Your e-mail address is not verified yet, or the form token is missing' },
      404: { description: 'There is nothing of this type with this id' },
      409: { description: 'You have an open report of the same thing' },
      413: { description: 'The body is larger than 1 MiB' },
      415: { description: 'The body is not application/json' },
      429: { description: 'Too many reports within an hour; Retry-After says how long to wait' },
    },
    handlers: [noStore, requirePerson(deps), ...jsonBody, handler],
  };
}
