import { problem } from '@flyloft/common';
import { loadConfiguration, UsageError, validate } from '@flyloft/service-kit';
import { z } from 'zod';
import type { AuthStores } from '../app.ts';
import { APP_ROLES } from '../apps/app.ts';
import { linksConfiguration, mailConfiguration } from '../config.ts';
import { kratosMode } from '../kratos/configured-kratos.ts';
import { createKratosDirectory } from '../kratos/kratos-directory.ts';
import { kratosAddresses } from '../kratos-configuration.ts';
import { keepLetters, letterBox } from '../mail/outbox.ts';
import { newPersonSchema } from '../routes/admin/create-user.ts';
import { changeSchema } from '../routes/admin/one-user.ts';
import { rolesBodySchema } from '../routes/admin/set-roles.ts';
import { suspensionSchema } from '../routes/admin/suspend-user.ts';
import { userAnswer } from '../routes/admin/user-answer.ts';
import type { Delivery, Directory } from '../users/directory.ts';
import { createLocalDirectory } from '../users/local-directory.ts';
import { hashPassword, passwordSchema } from '../users/password.ts';
import { isSuspended, type User } from '../users/user.ts';
import {
  type Action,
  momentOf,
  OPERATOR,
  pageOf,
  requirePerson,
  runAction,
  sayPage,
} from './administration.ts';
import type { CommandContext } from './usage.ts';

function lineOf(user: User): string {
  const roles = user.roles.join(', ') || 'no role';
  const suspended = isSuspended(user, new Date()) ? '  shut out' : '';
  return `${user.id}  ${user.username.padEnd(20)}  ${user.email ?? '-'}  (${roles})${suspended}`;
}

function sayUser(user: User, { options, say }: CommandContext, more: Record<string, unknown> = {}): void {
  const lines = Object.values(more).map(String);
  say(
    options.json
      ? JSON.stringify({ ...userAnswer(user, new Date()), ...more })
      : [lineOf(user), ...lines].join('\n'),
  );
}

/** Letters wait in the database until the service sends them. */
function mailOf({ letters }: AuthStores, environment: CommandContext['environment']) {
  if (!environment.SMTP_URL) return undefined;
  const { KEY_ENCRYPTION_KEY: secret } = loadConfiguration(mailConfiguration, environment);
  return keepLetters(letters, letterBox(secret));
}

/** As the service has it: with Kratos where that is configured. */
function directoryOf(stores: AuthStores, { environment }: CommandContext): Directory {
  const { users, accounts, people, signIns } = stores;
  const parts = {
    ...{ users, accounts, people, now: () => new Date(), sendMail: mailOf(stores, environment) },
    // asked for only where a link of ours is made
    get origin() {
      return loadConfiguration(linksConfiguration, environment).EXTERNAL_ADDRESS;
    },
  };
  const mode = kratosMode(loadConfiguration(kratosAddresses, environment));
  if (mode === undefined) return createLocalDirectory(parts);
  const kratos = { kratos: mode.kratos, store: stores.kratos };
  return createKratosDirectory(Object.assign(parts, { signIns, kratos }));
}

const deliveryOf = ({ options }: CommandContext): Delivery => (options.mail ? 'mail' : 'hand on');

async function readPassword({ readSecret }: CommandContext): Promise<string> {
  const { password } = validate(
    z.object({ password: passwordSchema }),
    { password: await readSecret('Password: ') },
    'parameters',
  );
  return password;
}

/** The one argument that is a person. */
async function personOf(args: readonly string[], usage: string, stores: AuthStores): Promise<User> {
  const [name, ...more] = args;
  if (name === undefined || more.length > 0) throw new UsageError(`it is ${usage}`);
  return requirePerson(name, stores);
}

async function setAppRole(user: User, slug: string, roles: readonly string[], stores: AuthStores) {
  const [role, ...more] = roles;
  const known = z.enum(APP_ROLES).safeParse(role);
  if (!known.success || more.length > 0) {
    throw new UsageError(`--app goes with one role of ${APP_ROLES.join(', ')}`);
  }
  await stores.apps.setRole(slug, user.id, known.data, OPERATOR);
  return known.data;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (args, stores, context) => {
    if (args.length > 0) throw new UsageError('it is user list [--search TEXT] [--role ROLE]');
    const { options } = context;
    const page = pageOf(context);
    const [role] = options.role ?? [];
    await directoryOf(stores, context).refresh();
    const found = await stores.people.list({ text: options.search, role }, page);
    const answer = (user: User) => userAnswer(user, new Date());
    sayPage(context, found, page, { answer, line: lineOf });
  },
  show: async (args, stores, context) => sayUser(await personOf(args, 'user show USER', stores), context),
  create: async (args, stores, context) => {
    const { options } = context;
    if (args.length !== 1) throw new UsageError('it is user create EMAIL');
    const { role: roles, name } = options;
    const given = { email: args[0], ...(name ? { name } : {}), ...(roles ? { roles } : {}) };
    const { email, ...wanted } = validate(newPersonSchema, given, 'parameters');
    if (options.password && options.mail) throw new UsageError('--mail is for a link, --password needs none');
    const password = options.password ? await readPassword(context) : undefined;
    const delivery = options.password ? undefined : deliveryOf(context);
    const person = { email, ...wanted, password };
    const { user, recovery } = await directoryOf(stores, context).create(person, delivery, OPERATOR);
    sayUser(user, context, recovery?.url ? { recovery_url: recovery.url } : {});
  },
  update: async (args, stores, context) => {
    const { name, username, email } = context.options;
    const given = Object.fromEntries(
      Object.entries({ name, username, email }).filter(([, value]) => value !== undefined),
    );
    if (Object.keys(given).length === 0) throw new UsageError('give --name, --username or --email');
    const person = await personOf(args, 'user update USER', stores);
    const change = validate(changeSchema, { ...given, ...(name === '' ? { name: null } : {}) }, 'parameters');
    sayUser(await directoryOf(stores, context).change(person.id, change, OPERATOR), context);
  },
  delete: async (args, stores, context) => {
    const person = await personOf(args, 'user delete USER', stores);
    await stores.people.remove(person.id, new Date(), OPERATOR);
    const { options, say } = context;
    say(options.json ? JSON.stringify({ id: person.id, deleted: true }) : `${person.username} is deleted`);
  },
  setpassword: async (args, stores, context) => {
    const person = await personOf(args, 'user setpassword USER', stores);
    if (await directoryOf(stores, context).keepsPasswordElsewhere(person)) {
      throw problem('conflict', `Ory Kratos keeps this password: use user recover ${person.username}`);
    }
    const hash = await hashPassword(await readPassword(context));
    await stores.accounts.setPassword(person.id, hash, undefined, new Date(), OPERATOR);
    sayUser(person, context);
  },
  setrole: async ([name, ...roles], stores, context) => {
    if (name === undefined || roles.length === 0) throw new UsageError('it is user setrole USER ROLE…');
    const person = await requirePerson(name, stores);
    const { app } = context.options;
    if (app !== undefined) {
      sayUser(person, context, { app, app_role: await setAppRole(person, app, roles, stores) });
      return;
    }
    const wanted = validate(rolesBodySchema, { roles }, 'parameters').roles;
    sayUser(await stores.people.setRoles(person.id, [...new Set(wanted)], OPERATOR), context);
  },
  suspend: async (args, stores, context) => {
    const { options, say } = context;
    const person = await personOf(args, 'user suspend USER --until DATE --reason TEXT', stores);
    const given = { until: momentOf(options.until), reason: options.reason };
    const now = () => new Date();
    const suspension = validate(suspensionSchema(now), given, 'parameters');
    await stores.people.suspend(person.id, suspension, now(), OPERATOR);
    const until = suspension.until.toISOString();
    say(
      options.json
        ? JSON.stringify({ id: person.id, until, reason: suspension.reason })
        : `${person.username} is shut out until ${until}`,
    );
  },
  lift: async (args, stores, context) => {
    const person = await personOf(args, 'user lift USER', stores);
    await stores.people.lift(person.id, new Date(), OPERATOR);
    sayUser(await requirePerson(person.id, stores), context);
  },
  export: async (args, stores, { say, options }) => {
    const { id } = await personOf(args, 'user export USER', stores);
    say(JSON.stringify(await stores.accounts.exportOf(id), undefined, options.json ? 0 : 2));
  },
  recover: async (args, stores, context) => {
    const person = await personOf(args, 'user recover USER', stores);
    const by = context.options.code ? ('code' as const) : ('link' as const);
    const wanted = { delivery: deliveryOf(context), by };
    const { url, code, expiresAt } = await directoryOf(stores, context).recover(person, wanted, OPERATOR);
    const answer = { recovery_url: url, recovery_code: code, expires_at: expiresAt.toISOString() };
    const lines = [url ?? `mailed to ${person.email}`, ...(code ? [`code: ${code}`] : [])];
    context.say(context.options.json ? JSON.stringify(answer) : lines.join('\n'));
  },
};

/** `user …`: what auth.md A4 names, and shutting out, letting in again, and a file of all that is kept. */
export const userCommand = runAction('user', ACTIONS);
