import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { AuditEntry, AuditLog } from '../../audit/audit.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { noStore } from '../request-parts.ts';
import { adminErrors } from './admin-errors.ts';
import { requireRight } from './require-right.ts';

const time = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .optional();
/** Which entries. */
export const auditFilterSchema = z.strictObject({
  actor: z.uuid().optional().describe('Who did it'),
  target: z.string().min(1).max(200).optional().describe('To whom or what: an id as the entries show it'),
  action: z
    .string()
    .regex(/^[a-z-]+\.[a-z-]*$/, 'is not like user.suspended')
    .optional()
    .describe('user.suspended; with nothing behind the dot every action of that kind'),
  from: time.describe('Not before'),
  until: time.describe('Before'),
});
const querySchema = auditFilterSchema.extend(pageParameters);

const entrySchema = z.object({
  id: z.uuid(),
  at: z.iso.datetime(),
  actor: z.uuid().nullable().describe('Null: the platform itself'),
  action: z.string(),
  target: z.string().nullable(),
  request_id: z.string().nullable(),
  details: z.unknown(),
});

/** An entry as the API answers it. */
export function auditAnswer({ at, requestId, ...entry }: AuditEntry): z.output<typeof entrySchema> {
  return { ...entry, at: at.toISOString(), request_id: requestId };
}

/** GET `/admin/audit`: who did what to whom (part D row 25). There is no way to change it. */
export function auditEndpoint(sources: HolderSources, audit: AuditLog): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const query = validate(querySchema, req.query, 'parameters');
    const { entries, total } = await audit.list(query, query);
    res.json(pageAnswer(entries.map(auditAnswer), total, query));
  };
  return {
    ...{ method: 'get', path: '/admin/audit', tag: 'administration', secured: true },
    summary: 'The audit log, newest first',
    request: { query: querySchema },
    answers: { 200: { description: 'One page', schema: pageSchema(entrySchema) }, ...adminErrors },
    handlers: [noStore, requireRight(sources, { all: ['audit:read:any'] }), handler],
  };
}
