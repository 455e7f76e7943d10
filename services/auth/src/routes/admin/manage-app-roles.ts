import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { APP_ROLES } from '../../apps/app.ts';
import type { AppRoleEntry } from '../../apps/app-store.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf, personId } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import { type AppDependencies, slugParams } from './manage-apps.ts';
import { requireRight } from './require-right.ts';

const entrySchema = z.object({
  id: z.uuid(),
  username: z.string(),
  email: z.string().nullable(),
  role: z.enum(APP_ROLES),
});
const querySchema = z.strictObject(pageParameters);
const bodySchema = z.strictObject({ role: z.enum(APP_ROLES) });
const givenSchema = z.object({ app: z.string(), id: z.uuid(), role: z.enum(APP_ROLES) });

export function entryAnswer({ user, role }: AppRoleEntry): z.output<typeof entrySchema> {
  return { id: user.id, username: user.username, email: user.email, role };
}

/** Who is what in an application (auth.md A4, A7.8). */
export function appRoleEndpoints({ sources, apps }: AppDependencies): Endpoint[] {
  const list: RequestHandler = async (req, res) => {
    const page = validate(querySchema, req.query, 'parameters');
    const { entries, total } = await apps.roles(String(req.params.slug), page);
    res.json(pageAnswer(entries.map(entryAnswer), total, page));
  };
  const put: RequestHandler = async (req, res) => {
    const { role } = validate(bodySchema, req.body, 'body');
    const [app, id] = [String(req.params.slug), personId(req)];
    await apps.setRole(app, id, role, actorOf(res));
    res.json({ app, id, role });
  };
  const shared = { tag: 'administration', secured: true } as const;
  const mayManage = requireRight(sources, { all: ['app:manage:any'] });
  return [
    {
      ...{ ...shared, method: 'get', path: '/admin/apps/:slug/users' },
      summary: 'The roles that were given in an application, by username',
      request: { params: slugParams, query: querySchema },
      answers: {
        200: { description: 'One page', schema: pageSchema(entrySchema) },
        ...adminErrors,
        404: { description: 'There is no such application' },
      },
      handlers: [noStore, mayManage, list],
    },
    {
      ...{ ...shared, method: 'put', path: '/admin/apps/:slug/users/:id' },
      summary: 'Say what somebody is in an application',
      request: { params: slugParams.extend({ id: z.string() }), body: { schema: bodySchema } },
      answers: {
        200: { description: 'The role', schema: givenSchema },
        ...adminErrors,
        404: { description: 'There is no such application, or no such person' },
      },
      handlers: [noStore, mayManage, ...jsonBody, put],
    },
  ];
}
