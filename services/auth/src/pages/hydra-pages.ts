import type { User } from '../users/user.ts';
import { html, type Markup } from './html.ts';
import { hidden, layout } from './layout.ts';

/** The start of the names of the boxes that stand for scopes: a name may come only once in a form. */
export const SCOPE_FIELD = 'scope.';

const SCOPES: Readonly<Record<string, string>> = {
  openid: 'Know that it is you who signs in',
  profile: 'See your name, your username and your picture',
  email: 'See your e-mail address',
  roles: 'See what you may do in it',
  offline: 'Go on when you are not there',
  offline_access: 'Go on when you are not there',
};

function scopeBox(scope: string): Markup {
  const text = Object.hasOwn(SCOPES, scope) ? SCOPES[scope] : scope;
  return html`<p><label><input type="checkbox" name="${SCOPE_FIELD}${scope}" value="on" checked> ${text}</label></p>`;
}

export interface ConsentPage {
  readonly csrfToken: string;
  readonly challenge: string;
  readonly application: string;
  readonly scopes: readonly string[];
  readonly user: User;
}

export function consentPage({ csrfToken, challenge, application, scopes, user }: ConsentPage): string {
  return layout(
    `Let ${application} in?`,
    html`<p>${application} asks for the following. You are signed in as ${user.name ?? user.username}.</p>
<div class="card"><form method="post" action="/hydra/consent">
${hidden('csrf_token', csrfToken)}${hidden('consent_challenge', challenge)}
${scopes.map(scopeBox)}
<p><label><input type="checkbox" name="remember" value="on"> Do not ask again for 30 days</label></p>
<button name="decision" value="allow">Allow</button>
<button class="quiet" name="decision" value="deny">Do not allow</button>
</form></div>`,
  );
}

export interface HydraLogoutPage {
  readonly csrfToken: string;
  readonly challenge: string;
  /** Undefined: nobody in particular asks. */
  readonly application: string | undefined;
}

export function hydraLogoutPage({ csrfToken, challenge, application }: HydraLogoutPage): string {
  const asker = application ? `${application} asks to sign you out` : 'Do you want to sign out';
  return layout(
    'Sign out',
    html`<p>${asker} here and in every application that you are signed in to with this account${application ? '.' : '?'}</p>
<div class="card"><form method="post" action="/hydra/logout">
${hidden('csrf_token', csrfToken)}${hidden('logout_challenge', challenge)}
<button name="decision" value="accept">Sign out</button>
<button class="quiet" name="decision" value="reject">Stay signed in</button>
</form></div>`,
  );
}
