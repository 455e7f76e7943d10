import { UsageError, validate } from '@flyloft/service-kit';
import { metadataOfKind } from '../clients/client-kinds.ts';
import { clientMetadataSchema, newClientSchema } from '../clients/client-schema.ts';
import type { Client } from '../clients/client-store.ts';
import { type RegisteredClient, registerClient, rotateSecret } from '../clients/register-client.ts';
import { requireClient } from '../clients/require-client.ts';
import { clientAnswer, registeredClientAnswer } from '../routes/admin/client-answer.ts';
import { type Action, argumentsOf, OPERATOR, pageOf, runAction, sayPage } from './administration.ts';
import type { CommandContext } from './usage.ts';

function sayClient(registered: RegisteredClient, { options, say }: CommandContext): void {
  const { client, secret } = registered;
  const lines = [`id      ${client.id}`, ...(secret === undefined ? [] : [`secret  ${secret}`])];
  say(options.json ? JSON.stringify(registeredClientAnswer(registered)) : lines.join('\n'));
}

function showClient(client: Client, { options, say }: CommandContext): void {
  const { client_name: name, app, redirect_uris: redirects, grant_types: grants } = client.metadata;
  const lines = [`${client.id}  ${name}  ${app ?? ''}`, `gets tokens by ${grants.join(', ')}`, ...redirects];
  say(options.json ? JSON.stringify(clientAnswer(client)) : lines.join('\n'));
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: async (args, { clients }, context) => {
    argumentsOf(args, 'client list', 0);
    const page = pageOf(context);
    sayPage(context, await clients.list(page), page, {
      answer: clientAnswer,
      line: ({ id, metadata }) => `${id}  ${metadata.client_name}  ${metadata.app ?? ''}`,
    });
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
  show: async (args, stores, context) => {
    const [id = ''] = argumentsOf(args, 'client show ID', 1);
    showClient(await requireClient(stores.clients, id), context);
  },
  update: async (args, stores, context) => {
    const usage =
      'client update ID [--name NAME] [--app SLUG] [--redirect-uri ADDRESS]… [--logout-uri ADDRESS]…';
    const [id = ''] = argumentsOf(args, usage, 1);
    const { name, app, 'redirect-uri': redirects, 'logout-uri': logouts } = context.options;
    const given = {
      ...(name === undefined ? {} : { client_name: name }),
      // `--app ''`: of none
      ...(app === undefined ? {} : { app: app === '' ? null : app }),
      ...(redirects === undefined ? {} : { redirect_uris: redirects }),
      ...(logouts === undefined ? {} : { post_logout_redirect_uris: logouts.filter((uri) => uri !== '') }),
    };
    if (Object.keys(given).length === 0) {
      throw new UsageError('give --name, --app, --redirect-uri or --logout-uri');
    }
    const { metadata } = await requireClient(stores.clients, id);
    const wanted = validate(clientMetadataSchema, { ...metadata, ...given }, 'parameters');
    showClient(await stores.clients.replace(id, wanted, OPERATOR), context);
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

/** `client list|show|create|update|rotate-secret|delete`. */
export const clientCommand = runAction('client', ACTIONS);
