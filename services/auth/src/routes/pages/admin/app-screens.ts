import { problem } from '@flyloft/common';
import type { Request } from 'express';
import { z } from 'zod';
import { APP_ROLES, type App, appChangeSchema, newAppSchema } from '../../../apps/app.ts';
import { requireApp } from '../../../apps/require-app.ts';
import { appPage, appsPage } from '../../../pages/admin/apps-pages.ts';
import { findPerson } from '../../../users/find-person.ts';
import { fieldOf } from '../browser.ts';
import type { AdminPagesDependencies } from './admin-pages.ts';
import { bodyOf, fieldsOf, pageOf, requireTyped } from './form-fields.ts';
import type { Screen, Visit } from './screen.ts';

const shared = { requirement: { all: ['app:manage:any'] }, dangerous: true } as const;
const { requirement } = shared;
const query = z.object({ page: z.string().optional() });
const roleSchema = z.object({ role: z.enum(APP_ROLES) });

function wantedOf(req: Request): Record<string, unknown> {
  const external = fieldOf(req, 'external') === 'yes';
  return { ...fieldsOf(req, ['name', 'url', 'default_role']), external };
}

/** All applications, and registering one. */
function appsScreen({ apps }: AdminPagesDependencies): Screen {
  return {
    ...{ path: '/admin/pages/apps', summary: 'The page of applications', requirement, query },
    show: async (visit) => {
      const page = pageOf(visit.req);
      return appsPage(visit, { ...(await apps.list(page)), page: page.page, perPage: page.per_page });
    },
    actions: {
      create: {
        ...{ ...shared, done: 'The application is registered.' },
        run: async ({ req, actor }) => {
          const wanted = bodyOf(newAppSchema, { ...fieldsOf(req, ['slug']), ...wantedOf(req) });
          const { slug } = await apps.create(wanted, actor);
          return { at: `/admin/pages/apps/${slug}` };
        },
      },
    },
  };
}

/** One application, and who is what there. */
function appScreen(deps: AdminPagesDependencies): Screen {
  const { apps } = deps;
  const appOf = ({ req }: Visit): Promise<App> => requireApp(apps, String(req.params.slug));
  return {
    ...{ path: '/admin/pages/apps/:slug', summary: 'The page of one application', requirement, query },
    params: z.object({ slug: z.string() }),
    show: async (visit) => {
      const app = await appOf(visit);
      const page = pageOf(visit.req);
      const roles = await apps.roles(app.slug, page);
      return appPage(visit, app, { ...roles, page: page.page, perPage: page.per_page });
    },
    actions: {
      change: {
        ...{ ...shared, done: 'The application is saved.' },
        run: async (visit) => {
          const { slug } = await appOf(visit);
          await apps.change(slug, bodyOf(appChangeSchema, wantedOf(visit.req)), visit.actor);
          return undefined;
        },
      },
      role: {
        ...{ ...shared, done: 'The role is saved.' },
        run: async (visit) => {
          const { slug } = await appOf(visit);
          const { role } = bodyOf(roleSchema, fieldsOf(visit.req, ['role']));
          const name = fieldOf(visit.req, 'person').trim();
          const person = await findPerson(name, deps);
          if (person === undefined) throw problem('invalid_parameter', `Nobody is called "${name}"`);
          await apps.setRole(slug, person.id, role, visit.actor);
          return undefined;
        },
      },
      delete: {
        ...{ ...shared, done: 'The application is gone.' },
        run: async (visit) => {
          const { slug } = await appOf(visit);
          requireTyped(visit.req, slug);
          await apps.remove(slug, visit.actor);
          return { at: '/admin/pages/apps' };
        },
      },
    },
  };
}

export const appScreens = (deps: AdminPagesDependencies): Screen[] => [appsScreen(deps), appScreen(deps)];
