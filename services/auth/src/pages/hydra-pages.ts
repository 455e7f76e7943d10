import type { User } from '../users/user.ts';
import { html } from './html.ts';
import { type Choice, choices, hidden, layout } from './layout.ts';

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

function scopeBox(scope: string): Choice {
  const text = Object.hasOwn(SCOPES, scope) ? SCOPES[scope] : undefined;
  return { name: `${SCOPE_FIELD}${scope}`, label: text ?? scope, checked: true };
}

export interface ConsentPage {
  readonly csrfToken: string;
  readonly challenge: string;
  readonly application: string;
  readonly scopes: readonly string[];
  readonly user: User;
}

export function consentPage({ csrfToken, challenge, application, scopes, user }: ConsentPage): string {
  const remember = { name: 'remember', label: 'Do not ask again for 30 days', checked: false };
  return layout(
    `Let ${application} in?`,
    html`<p>${application} asks for the following. You are signed in as ${user.name ?? user.username}.</p>
<div class="card"><form method="post" action="/hydra/consent">
${hidden('csrf_token', csrfToken)}${hidden('consent_challenge', challenge)}
${scopes.length > 0 ? choices('scope', 'It wants to', scopes.map(scopeBox)) : undefined}
${choices('next', 'Next time', [remember])}
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
