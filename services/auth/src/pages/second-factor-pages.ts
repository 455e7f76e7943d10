import { html } from './html.ts';
import { field, hidden, layout } from './layout.ts';

export interface SecondFactorSetUp {
  readonly csrfToken: string;
  readonly secret: string;
  /** The secret as a picture, an SVG document. */
  readonly picture: string;
  readonly error?: string | undefined;
}

export function secondFactorSetUpPage({ csrfToken, secret, picture, error }: SecondFactorSetUp): string {
  const source = `data:image/svg+xml;base64,${Buffer.from(picture).toString('base64')}`;
  return layout(
    'Two-step sign-in',
    html`<div class="card">
<p>Scan this with an authenticator app, or type the key into it:</p>
<img class="qr" alt="A QR code of the key below" src="${source}">
<p><code>${secret.match(/.{1,4}/g)?.join(' ')}</code></p>
<form method="post" action="/auth/settings/second-factor-confirm">
${hidden('csrf_token', csrfToken)}
${field('confirm', { name: 'code', label: 'The six digits that the app shows now', autocomplete: 'one-time-code', numeric: true, error })}
<button>Turn it on</button>
</form></div>
<p><a href="/auth/settings">Leave it as it is</a></p>`,
  );
}

export function recoveryCodesPage(codes: readonly string[]): string {
  return layout(
    'Two-step sign-in is on',
    html`<div class="card">
<p>Keep these recovery codes in a safe place. Each signs you in once when the app is not at hand; they are not shown again.</p>
<ul class="codes">${codes.map((code) => html`<li>${code}</li>`)}</ul>
</div>
<p><a href="/auth/settings">Back to the settings</a></p>`,
  );
}
