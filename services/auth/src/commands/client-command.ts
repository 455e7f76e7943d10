import { validate } from '@flyloft/service-kit';
import type { AuthStores } from '../app.ts';
import { metadataOfKind } from '../clients/client-kinds.ts';
import { newClientSchema } from '../clients/client-schema.ts';
import { type RegisteredClient, registerClient, rotateSecret } from '../clients/register-client.ts';
import { clientAnswer, registeredClientAnswer } from '../routes/admin/client-answer.ts';
import { pageAnswer } from '../routes/paging.ts';
import { argumentsOf, moreLine, OPERATOR, pageOf, subcommandOf, withStores } from './administration.ts';
import type { CommandContext } from './usage.ts';

type Action = (args: readonly string[], stores: AuthStores, context: CommandContext) => Promise<void>;

function sayClient(registered: RegisteredClient, { options, say }: CommandContext): void {
  const { client, secret } = registered;
  const lines = [`id      ${client.id}`, ...(secret === undefined ? [] : [`secret  ${secret}`])];
  say(options.json ? JSON.stringify(registeredClientAnswer(registered)) : lines.join('\n'));
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (args, { clients }, context) => {
    argumentsOf(args, 'client list', 0);
    const page = pageOf(context);
    const { entries, total } = await clients.list(page);
    const lines = entries.map(({ id, metadata }) => `${id}  ${metadata.client_name}  ${metadata.app ?? ''}`);
    const { options, say } = context;
    say(
      options.json
        ? JSON.stringify(pageAnswer(entries.map(clientAnswer), total, page))
        : [...lines, ...moreLine({ ...page, total })].join('\n'),
    );
  },
  create: async (args, { clients }, context) => {
    const [client_name] = argumentsOf(args, 'client create NAME --redirect-uri ADDRESS', 1);
    const { id, app, kind, 'redirect-uri': redirects, 'logout-uri': logouts } = context.options;
    const given = {
      ...{ client_name, redirect_uris: redirects ?? [], post_logout_redirect_uris: logouts ?? [] },
      ...metadataOfKind(kind),
      ...(id === undefined ? {} : { client_id: id }),
      ...(app === undefined ? {} : { app }),
    };
    const wanted = validate(newClientSchema, given, 'parameters');
    sayClient(await registerClient(clients, wanted, OPERATOR), context);
  },
  'rotate-secret': async (args, { clients }, context) => {
    const [id = ''] = argumentsOf(args, 'client rotate-secret ID', 1);
    sayClient(await rotateSecret(clients, id, OPERATOR), context);
  },
  delete: async (args, { clients }, { options, say }) => {
    const [id = ''] = argumentsOf(args, 'client delete ID', 1);
    await clients.remove(id, OPERATOR);
    say(options.json ? JSON.stringify({ client_id: id, deleted: true }) : `${id} is gone`);
  },
};

/** `client list|create|rotate-secret|delete`. */
export async function clientCommand([action, ...args]: string[], context: CommandContext): Promise<number> {
  const run = subcommandOf(ACTIONS, 'client', action);
  await withStores(context, (stores) => run(args, stores, context));
  return 0;
}
