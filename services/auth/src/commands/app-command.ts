import { UsageError, validate } from '@flyloft/service-kit';
import { type App, appChangeSchema, newAppSchema } from '../apps/app.ts';
import { requireApp } from '../apps/require-app.ts';
import { entryAnswer } from '../routes/admin/manage-app-roles.ts';
import { appAnswer } from '../routes/admin/manage-apps.ts';
import { type Action, argumentsOf, OPERATOR, pageOf, runAction, sayPage } from './administration.ts';
import type { CommandContext, CommandOptions } from './usage.ts';

/** What the options say of an application, in the names of the API. */
function fieldsOf({ name, url, 'default-role': role, ...options }: CommandOptions): Record<string, unknown> {
  if (options.external && options['no-external']) {
    throw new UsageError('give --external or --no-external, not both');
  }
  const external = options.external || options['no-external'] ? options.external : undefined;
  const given = { name, url, external, default_role: role };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function sayApp(app: App, { options, say }: CommandContext): void {
  const { slug, name, url, external, defaultRole } = app;
  const whose = external ? 'of others, people are asked' : 'of our own';
  const lines = [`${slug}  ${name}  ${url}`, `${whose}; without a role people are: ${defaultRole}`];
  say(options.json ? JSON.stringify(appAnswer(app)) : lines.join('\n'));
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (args, { apps }, context) => {
    argumentsOf(args, 'app list', 0);
    const page = pageOf(context);
    sayPage(context, await apps.list(page), page, {
      answer: appAnswer,
      line: ({ slug, name, url }) => `${slug.padEnd(20)}  ${name}  ${url}`,
    });
  },
  create: async (args, { apps }, { options, say }) => {
    const [slug] = argumentsOf(args, 'app create SLUG --name NAME --url ADDRESS', 1);
    const given = { slug, ...fieldsOf(options) };
    const app = await apps.create(validate(newAppSchema, given, 'parameters'), OPERATOR);
    say(options.json ? JSON.stringify(appAnswer(app)) : `${app.slug} is registered`);
  },
  show: async (args, { apps }, context) => {
    const [slug = ''] = argumentsOf(args, 'app show SLUG', 1);
    sayApp(await requireApp(apps, slug), context);
  },
  update: async (args, { apps }, context) => {
    const [slug = ''] = argumentsOf(args, 'app update SLUG [--name NAME] [--url ADDRESS] …', 1);
    const given = fieldsOf(context.options);
    if (Object.keys(given).length === 0) {
      throw new UsageError('give --name, --url, --default-role, --external or --no-external');
    }
    sayApp(await apps.change(slug, validate(appChangeSchema, given, 'parameters'), OPERATOR), context);
  },
  delete: async (args, { apps }, { options, say }) => {
    const [slug = ''] = argumentsOf(args, 'app delete SLUG', 1);
    await apps.remove(slug, OPERATOR);
    say(options.json ? JSON.stringify({ slug, deleted: true }) : `${slug} is gone`);
  },
  roles: async (args, { apps }, context) => {
    const [slug = ''] = argumentsOf(args, 'app roles SLUG', 1);
    const page = pageOf(context);
    sayPage(context, await apps.roles(slug, page), page, {
      answer: entryAnswer,
      line: ({ user, role }) => `${user.username.padEnd(20)}  ${role}`,
    });
  },
};

/** `app list|show|create|update|delete|roles` (auth.md A4). */
export const appCommand = runAction('app', ACTIONS);
