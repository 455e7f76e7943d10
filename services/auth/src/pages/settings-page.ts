import { KRATOS } from '../kratos/profile.ts';
import type { Consent } from '../oidc/consent-store.ts';
import { scopeText } from '../oidc/scopes.ts';
import type { ListedSession } from '../sessions/session.ts';
import type { LinkedIdentity } from '../sign-in/sign-in-store.ts';
import type { User } from '../users/user.ts';
import { html, type Markup } from './html.ts';
import { field, hidden, layout, notice } from './layout.ts';
import { errorOf, form, minute } from './settings-form.ts';
import { newPassword } from './sign-in-page.ts';
import { type TokensSection, tokensSection } from './tokens-section.ts';

export interface SettingsPage extends TokensSection {
  readonly user: User;
  readonly hasPassword: boolean;
  /** Ory Kratos keeps the address, the password and the second step. */
  readonly isAtKratos: boolean;
  /** False: no address can be verified, nor changed by its owner. */
  readonly sendsMail: boolean;
  readonly secondFactor: { readonly on: boolean; readonly recoveryCodes: number };
  readonly identities: readonly LinkedIdentity[];
  readonly providers: readonly { readonly name: string; readonly title: string }[];
  /** What they have let in. */
  readonly consents: readonly Consent[];
  readonly sessions: readonly ListedSession[];
  readonly currentSession: string;
  readonly done?: string | undefined;
}

function profile(page: SettingsPage): Markup {
  const { user } = page;
  const name = { name: 'name', label: 'Name', autocomplete: 'name', value: user.name ?? '', required: false };
  const username = {
    ...{ name: 'username', label: 'Username', autocomplete: 'nickname', value: user.username },
    hint: 'You can change it exactly once.',
  };
  return html`<section aria-labelledby="profile"><h2 id="profile">Profile</h2>
${form(page, 'profile', field('profile', { ...name, error: errorOf(page, 'profile') }), html`<button class="quiet">Save the name</button>`)}
<br>
${
  user.usernameChangedAt === null
    ? form(
        page,
        'username',
        field('username', { ...username, error: errorOf(page, 'username') }),
        html`<button class="quiet">Change the username</button>`,
      )
    : html`<p>Username: <strong>${user.username}</strong></p>`
}
</section>`;
}

function email(page: SettingsPage): Markup {
  const { email: address, emailVerified } = page.user;
  const state =
    address === null ? 'None yet.' : `Now: ${address} (${emailVerified ? 'verified' : 'not verified'}).`;
  if (!page.sendsMail) {
    return html`<section aria-labelledby="email"><h2 id="email">E-mail</h2>
<p>${state} This installation sends no mail: ask your administrator to change the address.</p>
</section>`;
  }
  const hint = `${state} We send a link to the address; it counts once you have opened it.`;
  const input = field('email', {
    ...{ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'email', value: address ?? '' },
    ...{ hint, error: errorOf(page, 'email') },
  });
  return html`<section aria-labelledby="email"><h2 id="email">E-mail</h2>
${form(page, 'email', input, html`<button class="quiet">Verify the address</button>`)}
</section>`;
}

function secondFactor(page: SettingsPage): Markup {
  const { on, recoveryCodes } = page.secondFactor;
  const content = on
    ? html`<p>On. ${recoveryCodes} recovery codes are left.</p>
${form(page, 'second-factor-remove', html``, html`<button class="danger">Turn it off</button>`)}`
    : html`<p>An app on your phone shows a code that is asked for after your password.</p>
${form(page, 'second-factor', html``, html`<button class="quiet">Set it up</button>`)}`;
  return html`<section aria-labelledby="second-factor"><h2 id="second-factor">Two-step sign-in</h2>
${notice(errorOf(page, 'second-factor'), 'error')}
${content}
</section>`;
}

function identityItem(page: SettingsPage, { provider, subject, email: address }: LinkedIdentity): Markup {
  const title = page.providers.find(({ name }) => name === provider)?.title ?? provider;
  const fields = html`${hidden('provider', provider)}${hidden('subject', subject)}`;
  return html`<li><p><strong>${title}</strong> ${address}</p>
${form(page, 'unlink', fields, html`<button class="danger">Remove ${title}</button>`)}</li>`;
}

function waysToSignIn(page: SettingsPage): Markup | undefined {
  // What is at Ory Kratos is above, with the way to change it.
  const elsewhere = page.isAtKratos ? ['local', KRATOS] : ['local'];
  const outside = page.identities.filter(({ provider }) => !elsewhere.includes(provider));
  const missing = page.providers.filter(({ name }) => !outside.some(({ provider }) => provider === name));
  if (outside.length + missing.length === 0) return undefined;
  const links = missing.map(
    ({ name, title }) => html`<form method="post" action="/auth/links/${name}">
${hidden('csrf_token', page.csrfToken)}
<button class="quiet">Link ${title}</button></form>`,
  );
  return html`<section aria-labelledby="links"><h2 id="links">Other ways to sign in</h2>
${notice(errorOf(page, 'unlink'), 'error')}
<ul class="plain">${outside.map((identity) => identityItem(page, identity))}</ul>
<div class="stack">${links}</div>
</section>`;
}

function consentItem(page: SettingsPage, { clientId, clientName, app, scopes, grantedAt }: Consent): Markup {
  const name = app === null ? clientName : html`<a href="${app.url}" rel="noreferrer">${clientName}</a>`;
  const button = html`<button class="quiet" aria-label="Shut ${clientName} out">Shut it out</button>`;
  return html`<li><p><strong>${name}</strong><br>
<span class="hint">${scopes.map(scopeText).join('; ')}. Since ${minute(grantedAt)}</span></p>
${form(page, 'revoke-consent', html`${hidden('client_id', clientId)}`, button)}</li>`;
}

function consents(page: SettingsPage): Markup | undefined {
  if (page.consents.length === 0) return undefined;
  return html`<section aria-labelledby="consents"><h2 id="consents">Applications that you let in</h2>
${notice(errorOf(page, 'revoke-consent'), 'error')}
<ul class="plain">${page.consents.map((consent) => consentItem(page, consent))}</ul>
</section>`;
}

function sessionItem(page: SettingsPage, session: ListedSession): Markup {
  const { id, userAgent, method, lastSeenAt } = session;
  const here = id === page.currentSession;
  return html`<li><p><strong>${here ? 'This browser' : (userAgent ?? 'Unknown browser')}</strong><br>
<span class="hint">Signed in by ${method}, last seen ${minute(lastSeenAt)}</span></p>
${here ? undefined : form(page, 'end-session', html`${hidden('session', id)}`, html`<button class="quiet">End this session</button>`)}</li>`;
}

function sessions(page: SettingsPage): Markup {
  const end = form(
    page,
    'end-other-sessions',
    html``,
    html`<button class="quiet">End all other sessions</button>`,
  );
  return html`<section aria-labelledby="sessions"><h2 id="sessions">Sessions</h2>
<ul class="plain">${page.sessions.map((session) => sessionItem(page, session))}</ul>
${page.sessions.length > 1 ? end : undefined}
</section>`;
}

function ownData(page: SettingsPage): Markup {
  const input = field('delete', {
    ...{ name: 'username', label: `Type your username (${page.user.username}) to delete the account` },
    ...{ autocomplete: 'off', error: errorOf(page, 'delete') },
  });
  return html`<section aria-labelledby="data"><h2 id="data">Your data</h2>
<p><a href="/auth/me/export" download="flyloft.json">Download what is kept of your account</a></p>
<p>Deleting the account removes your profile, ways to sign in, sessions and tokens, and cannot be undone.
Packages and data sets that you published stay: delete them first where they are to go. The log of what was done stays too.</p>
${form(page, 'delete', input, html`<button class="danger">Delete my account</button>`)}
</section>`;
}

function ownCredentials(page: SettingsPage): Markup {
  const password = newPassword('password', errorOf(page, 'password'));
  return html`${email(page)}
<section aria-labelledby="password"><h2 id="password">Password</h2>
${form(page, 'password', password, html`<button class="quiet">${page.hasPassword ? 'Change' : 'Set'} the password</button>`)}
</section>
${secondFactor(page)}`;
}

function atKratos({ user }: SettingsPage): Markup {
  const address = user.email === null ? '' : `Your address is ${user.email}. `;
  return html`<section aria-labelledby="credentials"><h2 id="credentials">How you sign in</h2>
<p>${address}It, your password and your second step are kept by Ory Kratos.</p>
<p><a class="button quiet" href="/auth/kratos/settings">Change them</a></p>
</section>`;
}

export function settingsPage(page: SettingsPage): string {
  const failure = page.failed && 'Nothing was changed: see below.';
  return layout(
    'Settings',
    html`${notice(page.done)}${notice(failure, 'error')}
<p>Signed in as <strong>${page.user.name ?? page.user.username}</strong>. <a href="/auth/logout">Sign out</a></p>
<p><a href="/notifications">Notifications</a></p>
${page.user.permissions.has('user:read:any') ? html`<p><a href="/admin">Administration</a></p>` : undefined}
${profile(page)}
${page.isAtKratos ? atKratos(page) : ownCredentials(page)}
${waysToSignIn(page)}
${consents(page)}
${sessions(page)}
${tokensSection(page)}
${ownData(page)}`,
  );
}
