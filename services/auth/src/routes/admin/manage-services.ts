import { problem } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { EVERYONE, type ServiceAdministration } from '../../permissions/service-administration.ts';
import { BUILT_IN_SERVICES } from '../../permissions/services.ts';
import { isStorable } from '../../plain-text.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { pageAnswer, pageParameters, pageSchema } from '../paging.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import { requireRight } from './require-right.ts';

interface ServiceDependencies {
  readonly sources: HolderSources;
  readonly services: ReadonlySet<string>;
  readonly permissionModules: ReadonlyMap<string, unknown>;
  readonly servicePermissions: ServiceAdministration;
}

const MOST_NAMES = 100;
const MOST_TEXT = 10_000;

/** As service tokens carry them: names, mostly with `true`. */
export const permissionsSchema = z
  .record(z.string().min(1).max(100), z.unknown())
  .refine((permissions) => Object.keys(permissions).length <= MOST_NAMES, `are ${MOST_NAMES} at most`)
  .refine((permissions) => JSON.stringify(permissions).length <= MOST_TEXT, 'are too long for a token')
  .refine((permissions) => isStorable(JSON.stringify(permissions)), 'must not hold half of a character')
  .refine((permissions) => !JSON.stringify(permissions).includes('\\u0000'), 'must not hold NUL');

const serviceSchema = z.object({
  alias: z.string(),
  built_in: z.boolean().describe('Part of the platform; others come from ALLOWED_SERVICES'),
  decided_by: z.enum(['rows', 'module']).describe('A module alone decides for its service'),
});
const rowSchema = z.object({
  userid: z.string().describe('An idhash, or `*` for everyone'),
  username: z.string().nullable(),
  permissions: z.record(z.string(), z.unknown()),
});
const bodySchema = z.strictObject({ permissions: permissionsSchema });
const querySchema = z.strictObject(pageParameters);
const rowParams = z.object({ alias: z.string(), userid: z.string() });
const IDHASH = /^[0-9a-f]{32}$/;

/** `/admin/services`: the services that tokens are made for, and the rows of who may do what there. */
export function serviceEndpoints(deps: ServiceDependencies): Endpoint[] {
  const { sources, services, permissionModules, servicePermissions } = deps;
  const aliasOf = (req: Request): string => {
    const alias = String(req.params.alias);
    if (!services.has(alias)) throw problem('not_found', 'There is no such service');
    return alias;
  };
  const useridOf = (req: Request): string => {
    const userid = String(req.params.userid);
    if (userid !== EVERYONE && !IDHASH.test(userid)) throw problem('not_found', 'Nobody has this idhash');
    return userid;
  };
  const list: RequestHandler = (_req, res) => {
    res.json({ services: describeServices(services, permissionModules) });
  };
  const listRows: RequestHandler = async (req, res) => {
    const query = validate(querySchema, req.query, 'parameters');
    const { entries, total } = await servicePermissions.list(aliasOf(req), query);
    res.json(pageAnswer(entries, total, query));
  };
  const put: RequestHandler = async (req, res) => {
    const { permissions } = validate(bodySchema, req.body, 'body');
    res.json(await servicePermissions.put(aliasOf(req), useridOf(req), permissions, actorOf(res)));
  };
  const remove: RequestHandler = async (req, res) => {
    await servicePermissions.remove(aliasOf(req), useridOf(req), actorOf(res));
    res.status(204).end();
  };
  const mayRead = requireRight(sources, { all: ['service:read:any'] });
  const mayChange = requireRight(sources, { all: ['service:update:any'] });
  const shared = { tag: 'administration', secured: true } as const;
  const row = '/admin/services/:alias/permissions/:userid';
  const notFound = { 404: { description: 'No such service, person or row' } };
  return [
    {
      ...{ ...shared, method: 'get', path: '/admin/services' },
      summary: 'The services that tokens are made for',
      answers: {
        200: { description: 'By alias', schema: z.object({ services: z.array(serviceSchema) }) },
        ...adminErrors,
      },
      handlers: [noStore, mayRead, list],
    },
    {
      ...{ ...shared, method: 'get', path: '/admin/services/:alias/permissions' },
      summary: 'Who may do what at a service',
      request: { params: z.object({ alias: z.string() }), query: querySchema },
      answers: {
        200: { description: 'One page', schema: pageSchema(rowSchema) },
        ...{ ...adminErrors, ...notFound },
      },
      handlers: [noStore, mayRead, listRows],
    },
    {
      ...{ ...shared, method: 'put', path: row },
      summary: 'Say what a person, or everyone, may do at a service',
      request: { params: rowParams, body: { schema: bodySchema } },
      answers: {
        200: { description: 'The row', schema: rowSchema },
        ...{ ...adminErrors, ...notFound },
      },
      handlers: [noStore, mayChange, ...jsonBody, put],
    },
    {
      ...{
        ...shared,
        method: 'delete',
        path: row,
        summary: 'Take the row of a person, or of everyone, away',
      },
      request: { params: rowParams },
      answers: { 204: { description: 'Gone' }, ...adminErrors, ...notFound },
      handlers: [noStore, mayChange, remove],
    },
  ];
}

/** By alias. */
export function describeServices(
  services: ReadonlySet<string>,
  permissionModules: ReadonlyMap<string, unknown>,
): z.output<typeof serviceSchema>[] {
  return [...services].sort().map((alias) => ({
    alias,
    built_in: BUILT_IN_SERVICES.includes(alias),
    decided_by: permissionModules.has(alias) ? 'module' : 'rows',
  }));
}
