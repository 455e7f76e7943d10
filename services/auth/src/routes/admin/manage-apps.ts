import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { APP_ROLES, type App, appChangeSchema, newAppSchema } from '../../apps/app.ts';
import type { AppStore } from '../../apps/app-store.ts';
import { requireApp } from '../../apps/require-app.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import { requireRight } from './require-right.ts';

export interface AppDependencies {
  readonly sources: HolderSources;
  readonly apps: AppStore;
}

const appSchema = z.object({
  slug: z.string(),
  name: z.string(),
  url: z.string(),
  external: z.boolean(),
  default_role: z.enum(APP_ROLES),
  created_at: z.iso.datetime(),
});

const querySchema = z.strictObject(pageParameters);
export const slugParams = z.object({ slug: z.string() });
const notFound = { 404: { description: 'There is no such application' } };

export function appAnswer({
  slug,
  name,
  url,
  external,
  defaultRole,
  createdAt,
}: App): z.output<typeof appSchema> {
  return { slug, name, url, external, default_role: defaultRole, created_at: createdAt.toISOString() };
}

/** `/admin/apps`: the applications that people sign in to with their account here (auth.md A4). */
export function appEndpoints({ sources, apps }: AppDependencies): Endpoint[] {
  const list: RequestHandler = async (req, res) => {
    const page = validate(querySchema, req.query, 'parameters');
    const { entries, total } = await apps.list(page);
    res.json(pageAnswer(entries.map(appAnswer), total, page));
  };
  const create: RequestHandler = async (req, res) => {
    const app = await apps.create(validate(newAppSchema, req.body, 'body'), actorOf(res));
    res.status(201).json(appAnswer(app));
  };
  const show: RequestHandler = async (req, res) => {
    res.json(appAnswer(await requireApp(apps, String(req.params.slug))));
  };
  const change: RequestHandler = async (req, res) => {
    const wanted = validate(appChangeSchema, req.body, 'body');
    res.json(appAnswer(await apps.change(String(req.params.slug), wanted, actorOf(res))));
  };
  const remove: RequestHandler = async (req, res) => {
    await apps.remove(String(req.params.slug), actorOf(res));
    res.status(204).end();
  };
  const shared = { tag: 'administration', secured: true } as const;
  const mayManage = requireRight(sources, { all: ['app:manage:any'] });
  const one = { ...shared, path: '/admin/apps/:slug' } as const;
  const params = { params: slugParams };
  return [
    {
      ...{ ...shared, method: 'get', path: '/admin/apps', summary: 'The applications, by slug' },
      request: { query: querySchema },
      answers: { 200: { description: 'One page', schema: pageSchema(appSchema) }, ...adminErrors },
      handlers: [noStore, mayManage, list],
    },
    {
      ...{ ...shared, method: 'post', path: '/admin/apps', summary: 'Register an application' },
      request: { body: { schema: newAppSchema } },
      answers: {
        201: { description: 'The application', schema: appSchema },
        ...adminErrors,
        409: { description: 'The slug is taken' },
      },
      handlers: [noStore, mayManage, ...jsonBody, create],
    },
    {
      ...{ ...one, method: 'get', summary: 'An application' },
      request: params,
      answers: { 200: { description: 'It', schema: appSchema }, ...adminErrors, ...notFound },
      handlers: [noStore, mayManage, show],
    },
    {
      ...{ ...one, method: 'patch', summary: 'Change an application; what is left out stays' },
      request: { ...params, body: { schema: appChangeSchema } },
      answers: { 200: { description: 'As it is now', schema: appSchema }, ...adminErrors, ...notFound },
      handlers: [noStore, mayManage, ...jsonBody, change],
    },
    {
      ...{ ...one, method: 'delete', summary: 'Remove an application, its clients and their tokens' },
      request: params,
      answers: { 204: { description: 'Gone' }, ...adminErrors, ...notFound },
      handlers: [noStore, mayManage, remove],
    },
  ];
}
