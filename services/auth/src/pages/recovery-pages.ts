import { html } from './html.ts';
import { field, hidden, layout } from './layout.ts';
import { newPassword } from './sign-in-page.ts';

export function askForRecoveryPage(csrfToken: string, error?: string): string {
  return layout(
    'Forgot your password?',
    html`<div class="card"><form method="post" action="/auth/recovery">
${hidden('csrf_token', csrfToken)}
${field('recovery', { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', error })}
<button>Send me a link</button>
</form></div>
<p><a href="/auth/login">Back to signing in</a></p>`,
  );
}

export function choosePasswordPage(csrfToken: string, link: string, error?: string): string {
  return layout(
    'Choose a password',
    html`<div class="card"><form method="post" action="/auth/recovery">
${hidden('csrf_token', csrfToken)}${hidden('link', link)}
${newPassword('recovery', error)}
<button>Set the password</button>
</form></div>`,
  );
}

/** After the first administrator's link: signed in, and still without a password. */
export function welcomePage(csrfToken: string, name: string): string {
  return layout(
    'You are signed in',
    html`<p>Welcome, ${name}. Choose a password now: the link that brought you here works only once.</p>
<div class="card"><form method="post" action="/auth/settings/password">
${hidden('csrf_token', csrfToken)}
${newPassword('welcome', undefined)}
<button>Set the password</button>
</form></div>
<p><a href="/auth/settings">Later: go to the settings</a></p>`,
  );
}

export function confirmPage(
  title: string,
  text: string,
  action: string,
  button: string,
  fields: Readonly<Record<string, string>>,
): string {
  const inputs = Object.entries(fields).flatMap(([name, value]) => hidden(name, value) ?? []);
  return layout(
    title,
    html`<div class="card"><form method="post" action="${action}">
${inputs}
<p>${text}</p>
<button>${button}</button>
</form></div>`,
  );
}
