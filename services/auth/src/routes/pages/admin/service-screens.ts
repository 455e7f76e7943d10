import { problem } from '@flyloft/common';
import { z } from 'zod';
import { servicePage, servicesPage } from '../../../pages/admin/services-pages.ts';
import { EVERYONE } from '../../../permissions/service-administration.ts';
import { findPerson } from '../../../users/find-person.ts';
import { describeServices, permissionsSchema } from '../../admin/manage-services.ts';
import { fieldOf } from '../browser.ts';
import type { AdminPagesDependencies } from './admin-pages.ts';
import { bodyOf, linesOf, pageOf } from './form-fields.ts';
import type { Screen, Visit } from './screen.ts';

/** `name` is true, `name=value` a JSON value. */
function permissionsOf(text: string): Record<string, unknown> {
  return Object.fromEntries(
    linesOf(text).map((line): [string, unknown] => {
      const at = line.indexOf('=');
      if (at < 0) return [line, true];
      try {
        return [line.slice(0, at).trim(), JSON.parse(line.slice(at + 1))];
      } catch (cause) {
        throw problem('invalid_parameter', `"${line}" is not a name, or a name=value with a JSON value`, {
          cause,
        });
      }
    }),
  );
}

/** The services, and the rows of who may do what at each. */
export function serviceScreens(deps: AdminPagesDependencies): Screen[] {
  const { services, permissionModules, servicePermissions } = deps;
  const all = describeServices(services, permissionModules);
  const mayChange = { requirement: { all: ['service:update:any'] }, dangerous: true } as const;
  const serviceOf = ({ req }: Visit) => {
    const service = all.find(({ alias }) => alias === req.params.alias);
    if (service === undefined) throw problem('not_found', 'There is no such service');
    return service;
  };
  const useridOf = async (name: string): Promise<string> => {
    if (name === EVERYONE) return EVERYONE;
    const person = await findPerson(name, deps);
    if (person === undefined) throw problem('invalid_parameter', `Nobody is called "${name}"`);
    return person.idhash;
  };
  return [
    {
      ...{ path: '/admin/pages/services', summary: 'The page of services' },
      requirement: { all: ['service:read:any'] },
      show: (visit) => servicesPage(visit, all),
    },
    {
      ...{ path: '/admin/pages/services/:alias', summary: 'The page of who may do what at a service' },
      params: z.object({ alias: z.string() }),
      query: z.object({ page: z.string().optional() }),
      requirement: { all: ['service:read:any'] },
      show: async (visit) => {
        const service = serviceOf(visit);
        const page = pageOf(visit.req);
        const rows = await servicePermissions.list(service.alias, page);
        return servicePage(visit, service, { ...rows, page: page.page, perPage: page.per_page });
      },
      actions: {
        set: {
          ...{ ...mayChange, done: 'The row is saved.' },
          run: async (visit) => {
            const { alias } = serviceOf(visit);
            const userid = await useridOf(fieldOf(visit.req, 'person').trim());
            const wanted = bodyOf(permissionsSchema, permissionsOf(fieldOf(visit.req, 'permissions')));
            await servicePermissions.put(alias, userid, wanted, visit.actor);
            return undefined;
          },
        },
        remove: {
          ...{ ...mayChange, done: 'The row is gone.' },
          run: async (visit) => {
            await servicePermissions.remove(
              serviceOf(visit).alias,
              fieldOf(visit.req, 'userid'),
              visit.actor,
            );
            return undefined;
          },
        },
      },
    },
  ];
}
