import type { Recovery } from '../../users/directory.ts';
import { isSuspended, type User } from '../../users/user.ts';
import type { RoleDescription } from '../../users/user-administration.ts';
import { html, type Markup } from '../html.ts';
import { choices, field, selection } from '../layout.ts';
import { actionForm, adminPage, type Frame, type ListPage, pager } from './frame.ts';

export interface UsersPage extends ListPage<User> {
  readonly text: string | undefined;
  readonly role: string | undefined;
  readonly roles: readonly RoleDescription[];
  readonly now: Date;
}

function userItem(user: User, now: Date): Markup {
  const roles = user.roles.map((role) => html`<span class="tag">${role}</span>`);
  const suspended = isSuspended(user, now) ? html` <span class="tag">shut out</span>` : undefined;
  return html`<li><p><a href="/admin/pages/users/${user.id}"><strong>${user.username}</strong></a> ${user.name}<br>
<span class="hint">${user.email}</span> ${roles}${suspended}</p></li>`;
}

export function usersPage(frame: Frame, list: UsersPage): string {
  const everyone = { value: '', text: 'Any role' };
  const roles = [everyone, ...list.roles.map(({ name }) => ({ value: name, text: name }))];
  const search = {
    name: 'q',
    label: 'Name, username or e-mail address',
    type: 'search',
    autocomplete: 'off',
    value: list.text ?? '',
    required: false,
  } as const;
  const found = list.entries.map((user) => userItem(user, list.now));
  const make = html`<p><a class="button" href="/admin/pages/new-user">Make or invite a person</a></p>`;
  return adminPage(
    frame,
    'People',
    html`${frame.may('user:create:any') ? make : undefined}
<section aria-labelledby="find"><h2 id="find">Find</h2>
<form class="filter" method="get" action="${frame.path}"><div class="columns">
${field('find', search)}
${selection('find', { name: 'role', label: 'Role', options: roles, value: list.role })}
</div><button class="quiet">Find</button></form></section>
<section aria-labelledby="found"><h2 id="found">Found</h2>
${pager(frame, list, { q: list.text, role: list.role })}
${found.length === 0 ? html`<p>Nobody.</p>` : html`<ul class="plain">${found}</ul>`}
</section>`,
  );
}

export interface NewUserPage {
  readonly roles: readonly RoleDescription[];
  readonly sendsMail: boolean;
  readonly email: string;
  readonly name: string;
  readonly ticked: readonly string[];
}

/** Boxes for the roles that can be given. */
export function roleChoices(
  form: string,
  roles: readonly RoleDescription[],
  ticked: readonly string[],
): Markup {
  const boxes = roles
    .filter(({ name }) => name !== 'suspended')
    .map(({ name, description }) => ({
      ...{ name: `role:${name}`, label: name, hint: description, checked: ticked.includes(name) },
    }));
  return choices(form, 'Roles', boxes);
}

export function newUserPage(frame: Frame, page: NewUserPage): string {
  const { roles, sendsMail, email, name, ticked } = page;
  const invite = { value: 'mail', text: 'Mail the person a link to choose a password' };
  const show = { value: 'show', text: 'Show me a link that I hand on' };
  const link = {
    ...{ name: 'link', label: 'How the person gets in', options: sendsMail ? [invite, show] : [show] },
  };
  return adminPage(
    frame,
    'Make a person',
    html`<section>${actionForm(
      frame,
      'create',
      html`${field('new', { name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'off', value: email })}
${field('new', { name: 'name', label: 'Name (optional)', autocomplete: 'off', value: name, required: false })}
${frame.may('user:assign-roles:any') ? roleChoices('new-roles', roles, ticked) : undefined}
${selection('new', link)}`,
      html`<button>Make the person</button>`,
    )}</section>`,
  );
}

/** What is to be handed on, shown this once. */
interface Link {
  readonly isMailed: boolean;
  readonly recovery: Recovery | undefined;
}

function linkText({ username, email }: User, { isMailed, recovery }: Link): Markup {
  if (isMailed) return html`<p>A link was mailed to ${email}. It works once, for a day.</p>`;
  if (!recovery?.url)
    return html`<p>The account is there, but no link could be made: make one on its page.</p>`;
  const until = recovery.expiresAt.toISOString().slice(0, 10);
  return html`<p>Hand this link on to ${username}. It sets a password, works once, until ${until}, and is not shown again:</p>
<p><code>${recovery.url}</code></p>`;
}

export function linkPage(frame: Frame, title: string, user: User, link: Link): string {
  return adminPage(
    frame,
    title,
    html`<section>${linkText(user, link)}
<p><a href="/admin/pages/users/${user.id}">To ${user.username}</a></p></section>`,
  );
}

/** Asks for the name of what is to be deleted. */
export function deletion(frame: Frame, name: string, what: string, warning: string): Markup {
  const typed = { name: 'typed', label: `Type ${name} to confirm`, autocomplete: 'off' };
  return html`<section aria-labelledby="delete"><h2 id="delete">Delete</h2>
<p>${warning}</p>
${actionForm(frame, 'delete', field('delete', typed), html`<button class="danger">Delete ${what}</button>`)}
</section>`;
}
