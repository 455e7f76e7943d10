import { problem } from '@flyloft/common';
import { z } from 'zod';
import { rolePage, rolesPage } from '../../../pages/admin/roles-page.ts';
import { BUILT_IN_ROLES, FIXED_ROLES, putRole, removeRole } from '../../../users/roles.ts';
import { newRoleSchema, roleBodySchema } from '../../admin/manage-roles.ts';
import { fieldOf } from '../browser.ts';
import type { AdminPagesDependencies } from './admin-pages.ts';
import { bodyOf, fieldsOf, requireTyped, tickedOf } from './form-fields.ts';
import type { Screen, Visit } from './screen.ts';

const requirement = { all: ['user:assign-roles:any'] } as const;
const pathOf = (name: string) => `/admin/pages/roles/${encodeURIComponent(name)}`;

/** All roles, and making one. */
function rolesScreen({ people }: AdminPagesDependencies): Screen {
  return {
    ...{ path: '/admin/pages/roles', summary: 'The page of roles', requirement },
    show: async (visit) => rolesPage(visit, await people.roles()),
    actions: {
      create: {
        ...{ requirement, dangerous: true, done: 'The role is made.' },
        run: async ({ req, actor }) => {
          const role = bodyOf(newRoleSchema, { ...fieldsOf(req, ['name', 'description']), permissions: [] });
          const roles = await people.roles();
          if (roles.some(({ name }) => name === role.name)) throw problem('conflict', 'There is such a role');
          await putRole(people, role, actor);
          return { at: pathOf(role.name) };
        },
      },
    },
  };
}

/** What one role holds. */
function roleScreen({ people }: AdminPagesDependencies): Screen {
  const roleOf = async ({ req }: Visit) => {
    const role = (await people.roles()).find(({ name }) => name === req.params.name);
    if (role === undefined) throw problem('not_found', 'There is no such role');
    return role;
  };
  return {
    ...{ path: '/admin/pages/roles/:name', summary: 'The page of one role', requirement },
    params: z.object({ name: z.string() }),
    show: async (visit) => {
      const [role, permissions] = await Promise.all([roleOf(visit), people.permissions()]);
      const isFixed = FIXED_ROLES.includes(role.name);
      return rolePage(visit, { role, permissions, isFixed, isBuiltIn: BUILT_IN_ROLES.includes(role.name) });
    },
    actions: {
      change: {
        ...{ requirement, dangerous: true, done: 'The role is saved.' },
        run: async (visit) => {
          const { name } = await roleOf(visit);
          const description = fieldOf(visit.req, 'description');
          const wanted = bodyOf(roleBodySchema, {
            description,
            permissions: tickedOf(visit.req, 'permission:'),
          });
          await putRole(people, { name, ...wanted }, visit.actor);
          return undefined;
        },
      },
      delete: {
        ...{ requirement, dangerous: true, done: 'The role is deleted.' },
        run: async (visit) => {
          const { name } = await roleOf(visit);
          requireTyped(visit.req, name);
          await removeRole(people, name, visit.actor);
          return { at: '/admin/pages/roles' };
        },
      },
    },
  };
}

export const roleScreens = (deps: AdminPagesDependencies): Screen[] => [rolesScreen(deps), roleScreen(deps)];
