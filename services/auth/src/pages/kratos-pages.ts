import type { KratosFlow, KratosMessage, KratosNode } from '../kratos/flow.ts';
import type { FlowKind } from '../kratos/kratos.ts';
import { html, type Markup } from './html.ts';
import { type Field, field, hidden, layout, notice } from './layout.ts';

export const FLOW_TITLES: Readonly<Record<FlowKind, string>> = {
  login: 'Sign in',
  registration: 'Make an account',
  recovery: 'Recover your account',
  verification: 'Verify your address',
  settings: 'How you sign in',
};

type InputNode = Extract<KratosNode, { type: 'input' }>;

/** What only scripts can do; our pages have none. */
const SCRIPTED = new Set(['webauthn', 'passkey']);
/** A sign-in elsewhere needs none of the fields. */
const ELSEWHERE = new Set(['oidc', 'saml']);
const FIELD_TYPES: Readonly<Record<string, NonNullable<Field['type']>>> = {
  ...{ email: 'email', password: 'password', url: 'url', date: 'date' },
};

const isInput = (node: KratosNode): node is InputNode => node.type === 'input';
const typeOf = (node: KratosNode) => (isInput(node) ? node.attributes.type : '');
const isHidden = (node: KratosNode) => typeOf(node) === 'hidden';
const isSubmit = (node: KratosNode) => typeOf(node) === 'submit';
const textOf = ({ value }: InputNode['attributes']) =>
  value === null || value === undefined ? '' : String(value);

const said = (messages: readonly KratosMessage[], isError: boolean) =>
  messages
    .filter(({ type }) => (type === 'error') === isError)
    .map(({ text }) => text)
    .join(' ') || undefined;

function checkbox(form: string, { attributes, meta }: InputNode): Markup {
  const id = `${form}-${attributes.name}`;
  const isOn = attributes.value === true || attributes.value === 'true';
  return html`<div class="choice"><input type="checkbox" id="${id}" name="${attributes.name}" value="true"${isOn ? html` checked` : undefined}>
<label for="${id}">${meta || attributes.name}</label></div>`;
}

/** `isFirst`: of the buttons of a form. Those after it ask for something else than what the fields are for. */
function inputOf(form: string, node: InputNode, isFirst: boolean): Markup | undefined {
  const { attributes, meta, messages } = node;
  const { name, type } = attributes;
  const value = textOf(attributes);
  if (type === 'hidden') return hidden(name, value);
  if (type === 'submit') {
    return html`<button${isFirst ? undefined : html` class="quiet" formnovalidate`} name="${name}" value="${value}">${meta || value}</button>`;
  }
  // It does what a script says.
  if (type === 'button') return undefined;
  if (type === 'checkbox') return checkbox(form, node);
  const hint = said(messages, false);
  return field(form, {
    ...{ name, value, label: meta || name, type: FIELD_TYPES[type] ?? 'text' },
    ...{ autocomplete: attributes.autocomplete || 'off', required: attributes.required },
    ...{ numeric: type === 'number', error: said(messages, true), ...(hint ? { hint } : {}) },
  });
}

function markupOf(form: string, node: KratosNode, isFirst: boolean): Markup | undefined {
  switch (node.type) {
    case 'input':
      return inputOf(form, node, isFirst);
    case 'text':
      return html`<p>${node.meta && html`${node.meta}: `}<code>${node.attributes.text.text}</code></p>`;
    case 'img':
      return html`<p><img src="${node.attributes.src}" alt="${node.meta || 'A picture to scan'}"></p>`;
    case 'a':
      return html`<p><a href="${node.attributes.href}">${node.attributes.title || node.meta || node.attributes.href}</a></p>`;
  }
}

/** What the forms of the settings are about, where there are several. */
const GROUP_TITLES: Readonly<Record<string, string>> = {
  ...{ profile: 'Profile', password: 'Password', totp: 'Authenticator app', lookup_secret: 'Recovery codes' },
  ...{ oidc: 'Sign-in elsewhere', saml: 'Sign-in elsewhere' },
};

/** One form for each way: a required field of one must not keep people from another. */
function formsOf(kind: FlowKind, { nodes, action }: KratosFlow['ui']): Markup[] {
  const shared = nodes.filter(({ group }) => group === 'default' || group === '');
  const groups = [...new Set(nodes.filter((node) => !shared.includes(node)).map(({ group }) => group))];
  const ways = groups
    .filter((group) => !SCRIPTED.has(group))
    .map((group) => ({
      group,
      nodes: [
        ...shared.filter((node) => isHidden(node) || !ELSEWHERE.has(group)),
        ...nodes.filter((node) => node.group === group),
      ],
    }));
  const all =
    shared.some(isSubmit) || ways.length === 0 ? [...ways, { group: 'default', nodes: shared }] : ways;
  return all.map((way) => {
    const first = way.nodes.find(isSubmit);
    const isMain = (node: KratosNode) => node === first || ELSEWHERE.has(way.group);
    const content = way.nodes.flatMap((node) => markupOf(way.group, node, isMain(node)) ?? []);
    const form = html`<form method="post" action="${action}">
${content}
</form>`;
    const isKnown = kind === 'settings' && Object.hasOwn(GROUP_TITLES, way.group);
    const title = isKnown ? GROUP_TITLES[way.group] : undefined;
    return title ? html`<section aria-label="${title}"><h2>${title}</h2>\n${form}</section>` : form;
  });
}

interface FlowPage {
  readonly kind: FlowKind;
  readonly flow: KratosFlow;
  readonly mayRegister: boolean;
}

function linksOf({ kind, mayRegister }: FlowPage): Markup {
  const register = html` · <a href="/auth/register">Make an account</a>`;
  switch (kind) {
    case 'login':
      return html`<p><a href="/auth/recovery">Forgot your password?</a>${mayRegister ? register : undefined}</p>`;
    case 'settings':
      return html`<p><a href="/auth/settings">Back to the settings</a></p>`;
    default:
      return html`<p><a href="/auth/login">To the sign-in page</a></p>`;
  }
}

/** A flow of Ory Kratos: its form goes to Kratos itself. */
export function kratosFlowPage(page: FlowPage): string {
  const { ui } = page.flow;
  const forms = formsOf(page.kind, ui);
  // Settings are several cards, each about one thing.
  const content = page.kind === 'settings' ? html`${forms}` : html`<div class="card">\n${forms}\n</div>`;
  return layout(
    FLOW_TITLES[page.kind],
    html`${notice(said(ui.messages, true), 'error')}${notice(said(ui.messages, false))}
${content}
${linksOf(page)}`,
  );
}
