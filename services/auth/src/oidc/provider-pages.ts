import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';
import { html } from '../pages/html.ts';
import { layout, messagePage } from '../pages/layout.ts';

const TO_SETTINGS = { href: '/auth/settings', text: 'To your account' };

/** An error that leads nowhere: the address to lead back to is not known, or not to be trusted. */
export function renderError(ctx: KoaContextWithOIDC, { error, error_description: detail }: ErrorOut): void {
  const message = `The application asked for something that cannot be: ${detail ?? error} (${error}). If that happens again, tell those who run the application.`;
  ctx.type = 'html';
  ctx.body = messagePage('That did not work', message, TO_SETTINGS);
}

/** Asks whether to sign out. `form` is the provider's own, with its secret; the buttons belong to it. */
export function renderLogout(ctx: KoaContextWithOIDC, form: string): void {
  const name = ctx.oidc.client?.clientName ?? ctx.oidc.client?.clientId;
  const asked = name === undefined ? 'Do you want to sign out?' : `${name} asks to sign you out.`;
  const content = html`<p>${asked} You will be signed out of Flyloft and of what you signed in to with it.</p>
<div class="card stack">
<button form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button class="quiet" form="op.logoutForm">Stay signed in</button>
</div>
${{ markup: form }}`;
  ctx.body = layout('Sign out', content);
}

export function renderLoggedOut(ctx: KoaContextWithOIDC): void {
  ctx.type = 'html';
  ctx.body = messagePage('You are signed out', 'You can close this page.', {
    href: '/auth/login',
    text: 'Sign in',
  });
}
