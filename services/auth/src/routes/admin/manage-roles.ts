import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { plainText } from '../../plain-text.ts';
import { putRole, removeRole } from '../../users/roles.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import type { PeopleDependencies } from './list-users.ts';
import { requireRight } from './require-right.ts';

const roleSchema = z.object({
  name: z.string(),
  description: z.string(),
  permissions: z.array(plainText(200)).describe('resource:action[:scope]'),
});
const rolesSchema = z.object({
  roles: z.array(roleSchema),
  permissions: z
    .array(z.object({ name: z.string(), description: z.string() }))
    .describe('Everything that roles can hold'),
});
export const roleBodySchema = z.strictObject({
  description: plainText(200),
  permissions: z.array(z.string()).max(100),
});
const roleNameSchema = z
  .string()
  .regex(
    /^[a-z][a-z0-9 -]{0,49}$/,
    'is lower-case letters, digits, blanks and "-", begins with a letter and has 50 at most',
  );

/** The same with its name. */
export const newRoleSchema = roleBodySchema.extend({ name: roleNameSchema });

/** GET `/admin/roles`, PUT and DELETE `/admin/roles/:name`: roles are data (auth.md A3). */
export function roleEndpoints({ sources, people }: Omit<PeopleDependencies, 'now'>): Endpoint[] {
  const list: RequestHandler = async (_req, res) => {
    const [roles, permissions] = await Promise.all([people.roles(), people.permissions()]);
    res.json({ roles, permissions });
  };
  const put: RequestHandler = async (req, res) => {
    const role = validate(roleBodySchema, req.body, 'body');
    const name = validate(z.object({ name: roleNameSchema }), req.params, 'parameters').name;
    res.json(await putRole(people, { name, ...role }, actorOf(res)));
  };
  const remove: RequestHandler = async (req, res) => {
    const { name } = validate(z.object({ name: roleNameSchema }), req.params, 'parameters');
    await removeRole(people, name, actorOf(res));
    res.status(204).end();
  };
  const shared = { tag: 'administration', secured: true } as const;
  const mayChange = requireRight(sources, { all: ['user:assign-roles:any'] });
  return [
    {
      ...{ ...shared, method: 'get', path: '/admin/roles', summary: 'Every role and what it holds' },
      answers: {
        200: { description: 'By name', schema: rolesSchema },
        ...adminErrors,
      },
      handlers: [noStore, requireRight(sources, { any: ['user:read:any', 'user:assign-roles:any'] }), list],
    },
    {
      ...{ ...shared, method: 'put', path: '/admin/roles/:name', summary: 'Make a role, or change it' },
      request: { params: z.object({ name: z.string() }), body: { schema: roleBodySchema } },
      answers: {
        200: { description: 'The role', schema: roleSchema },
        ...adminErrors,
        409: { description: 'The roles "admin" and "suspended" stay as they are' },
      },
      handlers: [noStore, mayChange, ...jsonBody, put],
    },
    {
      ...{ ...shared, method: 'delete', path: '/admin/roles/:name', summary: 'Delete a role' },
      request: { params: z.object({ name: z.string() }) },
      answers: {
        204: { description: 'Gone' },
        ...adminErrors,
        404: { description: 'There is no such role' },
        409: { description: 'Somebody has it, or it is one that the platform needs' },
      },
      handlers: [noStore, mayChange, remove],
    },
  ];
}
