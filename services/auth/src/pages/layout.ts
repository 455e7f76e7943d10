import { html, type Markup } from './html.ts';

/** A whole page: its own title, one heading, works without scripts. With a navigation it is a wide one. */
export function layout(title: string, content: Markup, navigation?: Markup): string {
  const skip = navigation && html`<a class="skip" href="#main">Skip to the content</a>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Flyloft</title>
<link rel="stylesheet" href="/auth/style.css">
</head>
<body${navigation && html` class="wide"`}>
${skip}
<header><a href="/">Flyloft</a>${navigation}</header>
<main id="main">
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
  readonly type?: 'text' | 'email' | 'password' | 'url' | 'date' | 'search';
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

export interface Choice {
  readonly name: string;
  readonly label: string;
  readonly checked: boolean;
  readonly hint?: string;
}

/** Boxes to tick, under one legend. */
export function choices(form: string, legend: string, boxes: readonly Choice[]): Markup {
  const items = boxes.map(({ name, label, checked, hint }, index) => {
    const id = `${form}-${index}`;
    return html`<div class="choice"><input type="checkbox" id="${id}" name="${name}" value="yes"${checked ? html` checked` : undefined}>
<label for="${id}">${label}${hint && html` <span class="hint">${hint}</span>`}</label></div>`;
  });
  return html`<fieldset><legend>${legend}</legend>
${items}
</fieldset>`;
}

export interface Selection {
  readonly name: string;
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly value?: string | undefined;
}

/** One of several. */
export function selection(form: string, { name, label, options, value }: Selection): Markup {
  const id = `${form}-${name}`;
  const items = options.map(
    (option) =>
      html`<option value="${option.value}"${option.value === value ? html` selected` : undefined}>${option.text}</option>`,
  );
  return html`<div class="field"><label for="${id}">${label}</label>
<select id="${id}" name="${name}">${items}</select></div>`;
}

/** Several lines of text. */
export function lines(form: string, options: Pick<Field, 'name' | 'label' | 'hint' | 'value'>): Markup {
  const { name, label, hint, value } = options;
  const id = `${form}-${name}`;
  return html`<div class="field"><label for="${id}">${label}</label>
${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
<textarea id="${id}" name="${name}" rows="4" spellcheck="false"${hint && html` aria-describedby="${id}-hint"`}>${value}</textarea></div>`;
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
