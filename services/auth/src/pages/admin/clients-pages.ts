import type { App } from '../../apps/app.ts';
import type { Client } from '../../clients/client-store.ts';
import type { RegisteredClient } from '../../clients/register-client.ts';
import { html, type Markup } from '../html.ts';
import { field, lines, selection } from '../layout.ts';
import { actionForm, adminPage, type Frame, type ListPage, minute, pager } from './frame.ts';
import { deletion } from './users-page.ts';

const KINDS = [
  { value: 'web', text: 'A server that keeps a secret' },
  { value: 'browser', text: 'A page or program that keeps none' },
  { value: 'native', text: 'A program on a device, led back to its loopback address' },
  { value: 'machine', text: 'A machine without people (client credentials)' },
];

export function clientsPage(frame: Frame, list: ListPage<Client>, apps: readonly App[]): string {
  const items = list.entries.map(
    ({
      id,
      metadata,
    }) => html`<li><p><a href="/admin/pages/clients/${encodeURIComponent(id)}"><strong>${metadata.client_name}</strong></a> <code>${id}</code>
${metadata.app && html`<span class="tag">${metadata.app}</span>`}</p></li>`,
  );
  const none = { value: '', text: 'None: everybody may use it, after being asked' };
  const options = [none, ...apps.map(({ slug, name }) => ({ value: slug, text: name }))];
  const inputs = html`${field('client', { name: 'client_name', label: 'Name', autocomplete: 'off' })}
${selection('client', { name: 'kind', label: 'What it is', options: KINDS })}
${selection('client', { name: 'app', label: 'Application', options })}
${lines('client', { name: 'redirect_uris', label: 'Redirect URIs', hint: 'One a line, letter by letter; none for a machine' })}
${lines('client', { name: 'post_logout_redirect_uris', label: 'Where signing out may lead (optional)', hint: 'One a line' })}`;
  return adminPage(
    frame,
    'Clients',
    html`<section>${pager(frame, list)}
${items.length === 0 ? html`<p>None yet.</p>` : html`<ul class="plain">${items}</ul>`}</section>
<section aria-labelledby="make"><h2 id="make">Register a client</h2>
${actionForm(frame, 'create', inputs, html`<button>Register it</button>`)}</section>`,
  );
}

function facts({ id, metadata, createdAt }: Client): Markup {
  return html`<dl class="facts">
<dt>Id</dt><dd><code>${id}</code></dd>
<dt>Application</dt><dd>${metadata.app ?? 'none'}</dd>
<dt>Secret</dt><dd>${metadata.token_endpoint_auth_method === 'none' ? 'none: it cannot keep one' : metadata.token_endpoint_auth_method}</dd>
<dt>Gets tokens by</dt><dd>${metadata.grant_types.join(', ')}</dd>
<dt>Registered</dt><dd>${minute(createdAt)}</dd>
</dl>`;
}

export function clientPage(frame: Frame, client: Client): string {
  const { metadata } = client;
  const inputs = html`${field('client', { name: 'client_name', label: 'Name', autocomplete: 'off', value: metadata.client_name })}
${lines('client', { name: 'redirect_uris', label: 'Redirect URIs', hint: 'One a line, letter by letter', value: metadata.redirect_uris.join('\n') })}
${lines('client', { name: 'post_logout_redirect_uris', label: 'Where signing out may lead', hint: 'One a line', value: metadata.post_logout_redirect_uris.join('\n') })}`;
  const rotate = html`<section aria-labelledby="secret"><h2 id="secret">Secret</h2>
<p>The one before works no longer from that moment on.</p>
${actionForm(frame, 'rotate', html``, html`<button class="danger">Make a new secret</button>`)}</section>`;
  const warning = 'Removes its tokens: nobody signs in through it any more. It cannot be undone.';
  return adminPage(
    frame,
    metadata.client_name,
    html`<section>${facts(client)}
${actionForm(frame, 'change', inputs, html`<button>Save</button>`)}</section>
${metadata.token_endpoint_auth_method === 'none' ? undefined : rotate}
${deletion(frame, client.id, metadata.client_name, warning)}`,
  );
}

/** The secret, shown this once. */
export function secretPage(frame: Frame, title: string, { client, secret }: RegisteredClient): string {
  const shown =
    secret === undefined
      ? html`<p>It has no secret.</p>`
      : html`<p>Its secret, which is not shown again:</p><p><code>${secret}</code></p>`;
  return adminPage(
    frame,
    title,
    html`<section><p>Client id: <code>${client.id}</code></p>${shown}
<p><a href="/admin/pages/clients/${encodeURIComponent(client.id)}">To ${client.metadata.client_name}</a></p></section>`,
  );
}
