import { z } from 'zod';
import { linkPage, newUserPage, usersPage } from '../../../pages/admin/users-page.ts';
import { emailSchema } from '../../../users/email.ts';
import { NEW_USER_ROLE, nameSchema } from '../../../users/user.ts';
import { refuseToGiveRoles } from '../../admin/create-user.ts';
import { fieldOf } from '../browser.ts';
import type { AdminPagesDependencies } from './admin-pages.ts';
import { bodyOf, fieldsOf, filterOf, pageOf, tickedOf } from './form-fields.ts';
import type { Screen } from './screen.ts';

/** The list of people. */
export function usersScreen({ people, directory, now }: AdminPagesDependencies): Screen {
  return {
    ...{ path: '/admin/pages/users', summary: 'The page of people' },
    query: z.object({
      q: z.string().optional(),
      role: z.string().optional(),
      page: z.string().optional(),
    }),
    requirement: { all: ['user:read:any'] },
    show: async (visit) => {
      const filter = { text: filterOf(visit.req, 'q'), role: filterOf(visit.req, 'role', 100) };
      const page = pageOf(visit.req);
      await directory.refresh();
      const [list, roles] = await Promise.all([people.list(filter, page), people.roles()]);
      const where = { page: page.page, perPage: page.per_page, now: now() };
      return usersPage(visit, { ...filter, ...list, ...where, roles });
    },
  };
}

const personSchema = z.object({ email: emailSchema, name: nameSchema.optional() });

/** Making a person, or inviting one. */
export function newUserScreen({ people, directory, signIn }: AdminPagesDependencies): Screen {
  return {
    ...{ path: '/admin/pages/new-user', summary: 'The page to make or invite a person' },
    requirement: { all: ['user:create:any'] },
    show: async (visit) => {
      const isNew = visit.req.method === 'GET';
      return newUserPage(visit, {
        roles: await people.roles(),
        sendsMail: signIn.sendMail !== undefined,
        ...{ email: fieldOf(visit.req, 'email'), name: fieldOf(visit.req, 'name') },
        ticked: isNew ? [NEW_USER_ROLE] : tickedOf(visit.req, 'role:'),
      });
    },
    actions: {
      create: {
        requirement: { all: ['user:create:any'] },
        dangerous: false,
        done: 'The person is made.',
        run: async (visit) => {
          const { req, actor, user: giver } = visit;
          const person = bodyOf(personSchema, fieldsOf(req, ['email', 'name']));
          const ticked = tickedOf(req, 'role:');
          const roles = ticked.length === 0 ? [NEW_USER_ROLE] : ticked;
          refuseToGiveRoles(roles, giver);
          const isMailed = fieldOf(req, 'link') === 'mail';
          const delivery = isMailed ? 'mail' : 'hand on';
          const { user, recovery } = await directory.create({ ...person, roles }, delivery, actor);
          const title = isMailed ? 'The person is invited' : 'The person is made';
          return { page: linkPage(visit, title, user, { isMailed, recovery }) };
        },
      },
    },
  };
}
