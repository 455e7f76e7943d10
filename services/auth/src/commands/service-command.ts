import { problem } from '@flyloft/common';
import { loadConfiguration, UsageError, validate } from '@flyloft/service-kit';
import type { AuthStores } from '../app.ts';
import { servicesConfiguration } from '../config.ts';
import { EVERYONE } from '../permissions/service-administration.ts';
import { BUILT_IN_SERVICES } from '../permissions/services.ts';
import { describeServices, permissionsSchema } from '../routes/admin/manage-services.ts';
import {
  type Action,
  argumentsOf,
  OPERATOR,
  pageOf,
  requirePerson,
  runAction,
  sayPage,
} from './administration.ts';
import type { CommandContext } from './usage.ts';

/** As the service has them, where its ALLOWED_SERVICES is set here too. */
function servicesOf({ environment }: CommandContext) {
  const { ALLOWED_SERVICES: allowed } = loadConfiguration(servicesConfiguration, environment);
  const modules = new Map(allowed.flatMap(({ alias, module }) => (module ? [[alias, module] as const] : [])));
  return { services: new Set([...BUILT_IN_SERVICES, ...allowed.map(({ alias }) => alias)]), modules };
}

function requireService(alias: string, context: CommandContext): string {
  if (servicesOf(context).services.has(alias)) return alias;
  throw problem('not_found', `There is no service "${alias}", or ALLOWED_SERVICES is not set here`);
}

/** Whose row is meant: everyone's, or a person's by their idhash. */
async function rowOf(
  [alias = '', name, ...more]: readonly string[],
  usage: string,
  stores: AuthStores,
  context: CommandContext,
): Promise<readonly [service: string, userid: string]> {
  const { everyone } = context.options;
  if (more.length > 0 || (name === undefined) !== everyone) throw new UsageError(`it is ${usage}`);
  const service = requireService(alias, context);
  return [service, name === undefined ? EVERYONE : (await requirePerson(name, stores)).idhash];
}

/** `NAME` stands for true, `NAME=JSON` for that. */
function permissionOf(text: string): [string, unknown] {
  const at = text.indexOf('=');
  if (at < 0) return [text, true];
  try {
    return [text.slice(0, at), JSON.parse(text.slice(at + 1))];
  } catch {
    throw new UsageError(`--permission is NAME or NAME=JSON, which "${text.slice(at + 1)}" is not`);
  }
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (args, _stores, context) => {
    argumentsOf(args, 'service list', 0);
    const { services, modules } = servicesOf(context);
    const all = describeServices(services, modules);
    const lines = all.map(({ alias, decided_by: by }) => `${alias.padEnd(20)}  decided by ${by}`);
    context.say(context.options.json ? JSON.stringify({ services: all }) : lines.join('\n'));
  },
  permissions: async (args, { servicePermissions }, context) => {
    const [alias = ''] = argumentsOf(args, 'service permissions ALIAS', 1);
    const page = pageOf(context);
    const found = await servicePermissions.list(requireService(alias, context), page);
    sayPage(context, found, page, {
      answer: (row) => row,
      line: ({ userid, username, permissions }) =>
        `${(username ?? (userid === EVERYONE ? 'everyone' : userid)).padEnd(20)}  ${JSON.stringify(permissions)}`,
    });
  },
  set: async (args, stores, context) => {
    const usage = 'service set ALIAS USER|--everyone --permission NAME[=JSON]…';
    const { permission } = context.options;
    if (permission === undefined) throw new UsageError(`it is ${usage}`);
    const [service, userid] = await rowOf(args, usage, stores, context);
    const given = Object.fromEntries(permission.map(permissionOf));
    const permissions = validate(permissionsSchema, given, 'parameters');
    const row = await stores.servicePermissions.put(service, userid, permissions, OPERATOR);
    context.say(JSON.stringify(context.options.json ? row : row.permissions));
  },
  unset: async (args, stores, context) => {
    const [service, userid] = await rowOf(args, 'service unset ALIAS USER|--everyone', stores, context);
    await stores.servicePermissions.remove(service, userid, OPERATOR);
    const { options, say } = context;
    say(options.json ? JSON.stringify({ service, userid, deleted: true }) : 'the row is gone');
  },
};

/** `service list|permissions|set|unset`: what people may do at services of the platform (auth.md A3). */
export const serviceCommand = runAction('service', ACTIONS);
