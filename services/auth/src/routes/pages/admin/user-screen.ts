import { problem } from '@flyloft/common';
import { z } from 'zod';
import { userPage } from '../../../pages/admin/user-page.ts';
import { linkPage } from '../../../pages/admin/users-page.ts';
import { plainText } from '../../../plain-text.ts';
import type { User } from '../../../users/user.ts';
import { refuseHigher } from '../../../users/user-administration.ts';
import { personId } from '../../admin/acting.ts';
import { changeSchema } from '../../admin/one-user.ts';
import { fieldOf } from '../browser.ts';
import type { AdminPagesDependencies } from './admin-pages.ts';
import { bodyOf, fieldsOf, requireTyped, tickedOf } from './form-fields.ts';
import type { Screen, ScreenAction, Visit } from './screen.ts';

type Run = (visit: Visit, person: User) => ReturnType<ScreenAction['run']>;

/** One person, and everything that can be done to them. */
export function userScreen(deps: AdminPagesDependencies): Screen {
  const { people, directory, sessions, now, signIn } = deps;
  const personOf = async ({ req }: Visit): Promise<User> => {
    const person = await deps.users.find(personId(req));
    if (person === undefined) throw problem('not_found', 'No person has this id');
    return person;
  };
  /** What is done to administrators is for administrators. */
  const action = (permission: ScreenAction['requirement'], done: string, run: Run): ScreenAction => ({
    requirement: permission,
    dangerous: true,
    done,
    run: async (visit) => {
      const person = await personOf(visit);
      refuseHigher(person, visit.actor);
      return run(visit, person);
    },
  });
  return {
    ...{ path: '/admin/pages/users/:id', summary: 'The page of one person' },
    params: z.object({ id: z.string() }),
    requirement: { all: ['user:read:any'] },
    show: async (visit) => {
      const person = await personOf(visit);
      const [roles, list] = await Promise.all([people.roles(), sessions.list(person.id, now())]);
      const sendsMail = signIn.sendMail !== undefined;
      return userPage(visit, { person, roles, sessions: list, sendsMail, now: now() });
    },
    actions: {
      change: action(
        { all: ['user:update:any'] },
        'The profile is saved.',
        async ({ req, actor }, person) => {
          const given = fieldsOf(req, ['name', 'username', 'email']);
          await directory.change(person.id, bodyOf(changeSchema, { name: null, ...given }), actor);
          return undefined;
        },
      ),
      roles: action(
        { all: ['user:assign-roles:any'] },
        'The roles are saved.',
        async ({ req, actor }, person) => {
          await people.setRoles(person.id, tickedOf(req, 'role:').slice(0, 20), actor);
          return undefined;
        },
      ),
      recover: action({ all: ['user:create:any'] }, 'The link is made.', async (visit, person) => {
        const isMailed = fieldOf(visit.req, 'link') === 'mail';
        const wanted = { delivery: isMailed ? ('mail' as const) : ('hand on' as const), by: 'link' as const };
        const recovery = await directory.recover(person, wanted, visit.actor);
        return { page: linkPage(visit, 'A link to set a password', person, { isMailed, recovery }) };
      }),
      suspend: action(
        { all: ['user:suspend:any'] },
        'The person is shut out.',
        async ({ req, actor }, person) => {
          const suspension = bodyOf(suspensionSchema(now()), fieldsOf(req, ['until', 'reason']));
          await people.suspend(person.id, suspension, now(), actor);
          return undefined;
        },
      ),
      lift: action(
        { all: ['user:suspend:any'] },
        'The person may come in again.',
        async ({ actor }, person) => {
          await people.lift(person.id, now(), actor);
          return undefined;
        },
      ),
      'end-session': action(
        { all: ['session:revoke:any'] },
        'The session has ended.',
        async ({ req, actor }, person) => {
          const id = z.uuid().safeParse(fieldOf(req, 'session'));
          const ended = id.success && (await sessions.revoke(person.id, id.data, now(), actor));
          if (!ended) throw problem('not_found', 'This person has no such session');
          return undefined;
        },
      ),
      'end-sessions': action(
        { all: ['session:revoke:any'] },
        'All sessions have ended.',
        async ({ actor }, person) => {
          await sessions.revokeOthers(person.id, undefined, now(), actor);
          return undefined;
        },
      ),
      export: action({ all: ['user:export:any'] }, 'The file is made.', async (_visit, person) => {
        return { fileName: 'flyloft.json', json: await deps.accounts.exportOf(person.id) };
      }),
      delete: action(
        { all: ['user:delete:any'] },
        'The person is deleted.',
        async ({ req, actor }, person) => {
          requireTyped(req, person.username);
          await people.remove(person.id, now(), actor);
          return { at: '/admin/pages/users' };
        },
      ),
    },
  };
}

function suspensionSchema(now: Date) {
  const until = z.iso
    .date()
    .transform((text) => new Date(text))
    .refine((date) => date > now, 'must lie in the future');
  return z.object({ until, reason: plainText(500) });
}
