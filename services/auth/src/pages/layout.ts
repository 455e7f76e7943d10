import { html, type Markup } from './html.ts';

/** A whole page: its own title, one heading, works without scripts. */
export function layout(title: string, content: Markup): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Flyloft</title>
<link rel="stylesheet" href="/auth/style.css">
</head>
<body>
<header><a href="/">Flyloft</a></header>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>
`.markup;
}

/** A page that says one thing, with a link to where it goes on. */
export function messagePage(title: string, message: string, onward?: { href: string; text: string }): string {
  const link = onward && html`<p><a href="${onward.href}">${onward.text}</a></p>`;
  return layout(title, html`<p>${message}</p>\n${link}`);
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'text' | 'email' | 'password';
  /** For password managers and assistive technology (WCAG 1.3.5). */
  readonly autocomplete: string;
  readonly value?: string | null;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly required?: boolean;
  readonly minLength?: number;
  readonly numeric?: boolean;
}

/** A labelled field; its hint and its error are said with it. */
export function field(form: string, options: Field): Markup {
  const { name, label, type = 'text', hint, error, required = true } = options;
  const id = `${form}-${name}`;
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ');
  return html`<div class="field">
<label for="${id}">${label}</label>
${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
${error && html`<p class="error" id="${id}-error">${error}</p>`}
<input id="${id}" name="${name}" type="${type}" autocomplete="${options.autocomplete}" value="${options.value}"${
    described ? html` aria-describedby="${described}"` : undefined
  }${error ? html` aria-invalid="true" autofocus` : undefined}${required ? html` required` : undefined}${
    options.minLength ? html` minlength="${options.minLength}"` : undefined
  }${options.numeric ? html` inputmode="numeric"` : undefined}>
</div>`;
}

/** A field that people do not see. */
export function hidden(name: string, value: string | undefined | null): Markup | undefined {
  return value ? html`<input type="hidden" name="${name}" value="${value}">` : undefined;
}

/** Says what came of the last form; read out as soon as the page is there. */
export function notice(text: string | undefined, kind: 'done' | 'error' = 'done'): Markup | undefined {
  const role = kind === 'done' ? 'status' : 'alert';
  return text ? html`<p class="notice ${kind}" role="${role}">${text}</p>` : undefined;
}
