import { validate } from '@flyloft/service-kit';
import type { AuthStores } from '../app.ts';
import { newAppSchema } from '../apps/app.ts';
import { entryAnswer } from '../routes/admin/manage-app-roles.ts';
import { appAnswer } from '../routes/admin/manage-apps.ts';
import { pageAnswer } from '../routes/paging.ts';
import { argumentsOf, moreLine, OPERATOR, pageOf, subcommandOf, withStores } from './administration.ts';
import type { CommandContext } from './usage.ts';

type Action = (args: readonly string[], stores: AuthStores, context: CommandContext) => Promise<void>;

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (args, { apps }, context) => {
    argumentsOf(args, 'app list', 0);
    const page = pageOf(context);
    const { entries, total } = await apps.list(page);
    const lines = entries.map(({ slug, name, url }) => `${slug.padEnd(20)}  ${name}  ${url}`);
    const { options, say } = context;
    say(
      options.json
        ? JSON.stringify(pageAnswer(entries.map(appAnswer), total, page))
        : [...lines, ...moreLine({ ...page, total })].join('\n'),
    );
  },
  create: async (args, { apps }, { options, say }) => {
    const [slug] = argumentsOf(args, 'app create SLUG --name NAME --url ADDRESS', 1);
    const { name, url, external, 'default-role': role } = options;
    const given = { slug, name, url, external, ...(role === undefined ? {} : { default_role: role }) };
    const app = await apps.create(validate(newAppSchema, given, 'parameters'), OPERATOR);
    say(options.json ? JSON.stringify(appAnswer(app)) : `${app.slug} is registered`);
  },
  delete: async (args, { apps }, { options, say }) => {
    const [slug = ''] = argumentsOf(args, 'app delete SLUG', 1);
    await apps.remove(slug, OPERATOR);
    say(options.json ? JSON.stringify({ slug, deleted: true }) : `${slug} is gone`);
  },
  roles: async (args, { apps }, context) => {
    const [slug = ''] = argumentsOf(args, 'app roles SLUG', 1);
    const page = pageOf(context);
    const { entries, total } = await apps.roles(slug, page);
    const lines = entries.map(({ user, role }) => `${user.username.padEnd(20)}  ${role}`);
    const { options, say } = context;
    say(
      options.json
        ? JSON.stringify(pageAnswer(entries.map(entryAnswer), total, page))
        : [...lines, ...moreLine({ ...page, total })].join('\n'),
    );
  },
};

/** `app list|create|delete|roles` (auth.md A4). */
export async function appCommand([action, ...args]: string[], context: CommandContext): Promise<number> {
  const run = subcommandOf(ACTIONS, 'app', action);
  await withStores(context, (stores) => run(args, stores, context));
  return 0;
}
