import type { TokenSummary } from '../tokens/token-store.ts';
import { html, type Markup } from './html.ts';
import { field, hidden, layout, notice, selection } from './layout.ts';
import { errorOf, form, minute, type SettingsForms } from './settings-form.ts';

export interface TokensSection extends SettingsForms {
  readonly tokens: readonly TokenSummary[];
  /** What a new token may reach; empty for who may make none. */
  readonly tokenScopes: readonly string[];
}

/** In days; the longest is what personal access tokens live at most. */
const LIVES = [7, 30, 90, 365];
const USUAL_LIFE = '90';

const PLAIN_SCOPES: Readonly<Record<string, string>> = {
  '*': 'All that I may do',
  profile: 'My profile',
  admin: 'Administration',
};
const scopeName = (scope: string) => PLAIN_SCOPES[scope] ?? scope.replace(/^service:/, 'The service ');

function tokenItem(page: TokensSection, { id, name, scopes, expiresAt, lastUsedAt }: TokenSummary): Markup {
  const used = lastUsedAt === null ? 'never used' : `last used ${minute(lastUsedAt)}`;
  const button = html`<button class="danger" aria-label="Revoke ${name}">Revoke it</button>`;
  return html`<li><p><strong>${name}</strong><br>
<span class="hint">${scopes.map(scopeName).join(', ')}. Until ${minute(expiresAt)}, ${used}</span></p>
${form(page, 'revoke-token', html`${hidden('token', id)}`, button)}</li>`;
}

function newToken(page: TokensSection): Markup {
  const name = field('token', {
    ...{ name: 'name', label: 'Name of a new token', autocomplete: 'off' },
    ...{ hint: 'What will use it: "laptop", "nightly upload".', error: errorOf(page, 'create-token') },
  });
  const scopes = page.tokenScopes.map((value) => ({ value, text: scopeName(value) }));
  const lives = LIVES.map((days) => ({ value: String(days), text: `${days} days` }));
  const content = html`${name}
${selection('token', { name: 'scope', label: 'What it may reach', options: scopes })}
${selection('token', { name: 'days', label: 'Good for', options: lives, value: USUAL_LIFE })}`;
  return form(page, 'create-token', content, html`<button class="quiet">Make a token</button>`);
}

/** The personal access tokens of a person, and a form for another one. */
export function tokensSection(page: TokensSection): Markup | undefined {
  if (page.tokens.length + page.tokenScopes.length === 0) return undefined;
  return html`<section aria-labelledby="tokens"><h2 id="tokens">Personal access tokens</h2>
<p>For programs that act for you. Treat them like passwords.</p>
${notice(errorOf(page, 'revoke-token'), 'error')}
<ul class="plain">${page.tokens.map((token) => tokenItem(page, token))}</ul>
${page.tokens.length > 0 ? html`<br>` : undefined}
${page.tokenScopes.length > 0 ? newToken(page) : undefined}
</section>`;
}

/** Shows a new token, this once. */
export function newTokenPage(name: string, token: string): string {
  return layout(
    'Your new token',
    html`<div class="card">
<p>This is <strong>${name}</strong>. Copy it now: it is not shown again.</p>
<p><code>${token}</code></p>
<p>Programs send it to get tokens for services: <code>Authorization: Bearer …</code></p>
</div>
<p><a href="/auth/settings">Back to the settings</a></p>`,
  );
}
