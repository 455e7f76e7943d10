import { html, type Markup } from './html.ts';
import { field, hidden, layout, notice } from './layout.ts';

export interface SignInPage {
  readonly csrfToken: string;
  readonly next: string | undefined;
  readonly providers: readonly { readonly name: string; readonly title: string }[];
  readonly mayRegister: boolean;
  readonly email?: string | undefined;
  readonly error?: string | undefined;
  readonly message?: string | undefined;
  /** The way into an application: where its form goes, which can also say no. */
  readonly way?: {
    readonly action: string;
    readonly fields: Readonly<Record<string, string>>;
    readonly application: string;
  };
}

/** An address of ours that leads back to `next` in the end. */
export function withNext(path: string, next: string | undefined): string {
  return next === undefined ? path : `${path}?${new URLSearchParams({ next })}`;
}

function providerLinks({ providers, next }: SignInPage): Markup | undefined {
  if (providers.length === 0) return undefined;
  const links = providers.map(
    ({ name, title }) =>
      html`<a class="button quiet" href="${withNext(`/auth/${name}/start`, next)}">Sign in with ${title}</a>`,
  );
  return html`<nav class="stack" aria-label="Other ways to sign in">${links}</nav>\n<p class="or">or</p>`;
}

export function signInPage(page: SignInPage): string {
  const register = html`<p><a href="${withNext('/auth/register', page.next)}">Make an account</a></p>`;
  const action = page.way?.action ?? '/auth/login';
  const fields = Object.entries(page.way?.fields ?? {}).flatMap(([name, value]) => hidden(name, value) ?? []);
  const cancel = html`<form method="post" action="${action}">
${hidden('csrf_token', page.csrfToken)}${fields}
<button class="quiet" name="decision" value="deny">Cancel</button>
</form>`;
  return layout(
    page.way ? `Sign in to ${page.way.application}` : 'Sign in',
    html`${notice(page.message)}
<div class="card">
${providerLinks(page)}
<form method="post" action="${action}">
${hidden('csrf_token', page.csrfToken)}${page.way ? fields : hidden('next', page.next)}
${field('login', { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value: page.email ?? '' })}
${field('login', { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', error: page.error })}
<button>Sign in</button>
</form>
${page.way && cancel}
</div>
<p><a href="/auth/recovery">Forgot your password?</a></p>
${page.mayRegister ? register : undefined}`,
  );
}

export function secondFactorPage(csrfToken: string, error?: string): string {
  const hint = 'The six digits that your authenticator app shows, or one of your recovery codes.';
  return layout(
    'One more step',
    html`<div class="card"><form method="post" action="/auth/login/code">
${hidden('csrf_token', csrfToken)}
${field('code', { name: 'code', label: 'Code', autocomplete: 'one-time-code', hint, error })}
<button>Sign in</button>
</form></div>
<p><a href="/auth/login">Begin again</a></p>`,
  );
}

export interface RegisterPage {
  readonly csrfToken: string;
  readonly next: string | undefined;
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly errors?: Readonly<Record<string, string>>;
}

export function registerPage({ csrfToken, next, email, name, errors = {} }: RegisterPage): string {
  return layout(
    'Make an account',
    html`<div class="card"><form method="post" action="/auth/register">
${hidden('csrf_token', csrfToken)}${hidden('next', next)}
${field('register', { name: 'name', label: 'Name (optional)', autocomplete: 'name', value: name ?? '', required: false, error: errors.name })}
${field('register', { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username', value: email ?? '', error: errors.email })}
${newPassword('register', errors.password)}
<button>Make the account</button>
</form></div>
<p><a href="${withNext('/auth/login', next)}">Sign in instead</a></p>`,
  );
}

/** The one field in which a password is chosen. */
export function newPassword(form: string, error: string | undefined): Markup {
  const hint = 'At least 10 characters. A few random words do well.';
  return field(form, {
    ...{ name: 'password', label: 'New password', type: 'password', minLength: 10 },
    ...{ autocomplete: 'new-password', hint, error },
  });
}
