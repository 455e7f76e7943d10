import { html, type Markup } from './html.ts';
import { field, hidden, layout } from './layout.ts';

export interface ConsentPage {
  readonly csrfToken: string;
  /** Where the form goes. */
  readonly action: string;
  readonly client: { readonly name: string; readonly uri?: string | undefined };
  readonly person: string;
  readonly scopes: readonly string[];
  /** What a form has to carry besides. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Said before the question. */
  readonly intro?: Markup;
}

/** Asks a person whether an application may have what it wants. */
export function consentPage(page: ConsentPage): string {
  const { client, scopes, fields = {} } = page;
  const name = client.uri ? html`<a href="${client.uri}" rel="noreferrer">${client.name}</a>` : client.name;
  const items = scopes.map((text) => html`<li>${text}</li>`);
  const carried = Object.entries(fields).flatMap(([key, value]) => hidden(key, value) ?? []);
  return layout(
    `Let ${client.name} in?`,
    html`${page.intro && html`<p>${page.intro}</p>`}
<p>${name} wants to:</p>
<div class="card">
<ul>${items}</ul>
<p class="hint">You are signed in as ${page.person}. You can take this back at any time in your settings.</p>
<form method="post" action="${page.action}" class="stack">
${hidden('csrf_token', page.csrfToken)}${carried}
<button name="decision" value="allow">Allow</button>
<button class="quiet" name="decision" value="deny">Do not allow</button>
</form>
</div>`,
  );
}

export function deviceCodePage(csrfToken: string, value: string, error?: string): string {
  const hint = 'Eight letters, which the device shows.';
  return layout(
    'Connect a device',
    html`<div class="card"><form method="post" action="/auth/device">
${hidden('csrf_token', csrfToken)}
${field('device', { name: 'user_code', label: 'Code', autocomplete: 'off', value, hint, error })}
<button>Continue</button>
</form></div>`,
  );
}
