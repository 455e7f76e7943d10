import { problem } from '@flyloft/common';
import { UsageError, validate } from '@flyloft/service-kit';
import type { AuthStores } from '../app.ts';
import { newRoleSchema } from '../routes/admin/manage-roles.ts';
import { putRole, removeRole } from '../users/roles.ts';
import type { RoleDescription } from '../users/user-administration.ts';
import { type Action, argumentsOf, OPERATOR, runAction } from './administration.ts';
import type { CommandContext } from './usage.ts';

function sayRole(role: RoleDescription, { options, say }: CommandContext): void {
  const lines = [`${role.name}  ${role.description}`, ...role.permissions.map((name) => `  ${name}`)];
  say(options.json ? JSON.stringify(role) : lines.join('\n'));
}

async function findRole(name: string, { people }: AuthStores): Promise<RoleDescription | undefined> {
  return (await people.roles()).find((role) => role.name === name);
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (args, { people }, { options, say }) => {
    argumentsOf(args, 'role list', 0);
    const roles = await people.roles();
    const lines = roles.map(({ name, description, permissions }) => {
      return `${name.padEnd(20)}  ${description}  (${permissions.length} permissions)`;
    });
    say(options.json ? JSON.stringify({ roles }) : lines.join('\n'));
  },
  permissions: async (args, { people }, { options, say }) => {
    argumentsOf(args, 'role permissions', 0);
    const permissions = await people.permissions();
    const lines = permissions.map(({ name, description }) => `${name.padEnd(26)}  ${description}`);
    say(options.json ? JSON.stringify({ permissions }) : lines.join('\n'));
  },
  show: async (args, stores, context) => {
    const [name = ''] = argumentsOf(args, 'role show NAME', 1);
    const role = await findRole(name, stores);
    if (role === undefined) throw problem('not_found', `There is no role "${name}"`);
    sayRole(role, context);
  },
  set: async (args, stores, context) => {
    const [name = ''] = argumentsOf(args, 'role set NAME [--description TEXT] [--permission NAME]…', 1);
    const { description, permission } = context.options;
    if (description === undefined && permission === undefined) {
      throw new UsageError('give --description or --permission');
    }
    const before = await findRole(name, stores);
    const wanted = {
      name,
      description: description ?? before?.description ?? name,
      // `--permission ''`: none
      permissions: permission?.filter((one) => one !== '') ?? before?.permissions ?? [],
    };
    sayRole(await putRole(stores.people, validate(newRoleSchema, wanted, 'parameters'), OPERATOR), context);
  },
  delete: async (args, { people }, { options, say }) => {
    const [name = ''] = argumentsOf(args, 'role delete NAME', 1);
    await removeRole(people, name, OPERATOR);
    say(options.json ? JSON.stringify({ name, deleted: true }) : `${name} is gone`);
  },
};

/** `role list|permissions|show|set|delete`: roles are data (auth.md A3). */
export const roleCommand = runAction('role', ACTIONS);
