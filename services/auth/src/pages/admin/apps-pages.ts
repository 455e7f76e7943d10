import { APP_ROLES, type App } from '../../apps/app.ts';
import type { AppRoleEntry } from '../../apps/app-store.ts';
import { html, type Markup } from '../html.ts';
import { choices, field, hidden, selection } from '../layout.ts';
import { actionForm, adminPage, type Frame, type ListPage, pager } from './frame.ts';
import { deletion } from './users-page.ts';

const ROLES = APP_ROLES.map((role) => ({ value: role, text: role }));

function fieldsOfApp(app?: App): Markup {
  const boxes = [
    {
      ...{ name: 'external', label: "Others' software", checked: app?.external ?? false },
      hint: 'people are asked before it learns who they are',
    },
  ];
  return html`${field('app', { name: 'name', label: 'Name', autocomplete: 'off', value: app?.name ?? '' })}
${field('app', { name: 'url', label: 'Address', type: 'url', autocomplete: 'off', value: app?.url ?? '' })}
${selection('app', { name: 'default_role', label: 'What people are who were given no role', options: ROLES, value: app?.defaultRole ?? 'no access' })}
${choices('external', 'Trust', boxes)}`;
}

export function appsPage(frame: Frame, list: ListPage<App>): string {
  const items = list.entries.map(
    ({
      slug,
      name,
      url,
      external,
    }) => html`<li><p><a href="/admin/pages/apps/${slug}"><strong>${name}</strong></a> <code>${slug}</code>${external ? html` <span class="tag">external</span>` : undefined}<br>
<span class="hint">${url}</span></p></li>`,
  );
  const slug = {
    name: 'slug',
    label: 'Slug',
    autocomplete: 'off',
    hint: 'Its name in addresses and commands',
  };
  return adminPage(
    frame,
    'Applications',
    html`<section>${pager(frame, list)}
${items.length === 0 ? html`<p>None yet.</p>` : html`<ul class="plain">${items}</ul>`}</section>
<section aria-labelledby="make"><h2 id="make">Register an application</h2>
${actionForm(frame, 'create', html`${field('app', slug)}${fieldsOfApp()}`, html`<button>Register it</button>`)}</section>`,
  );
}

function roleItem(frame: Frame, { user, role }: AppRoleEntry): Markup {
  const form = `role-${user.id}`;
  const fields = html`${hidden('person', user.id)}
${selection(form, { name: 'role', label: `What ${user.username} is`, options: ROLES, value: role })}`;
  return html`<li>${actionForm(frame, 'role', fields, html`<button class="quiet">Save</button>`)}</li>`;
}

export function appPage(frame: Frame, app: App, list: ListPage<AppRoleEntry>): string {
  const items = list.entries.map((entry) => roleItem(frame, entry));
  const give = html`${field('give', { name: 'person', label: 'Who', autocomplete: 'off', hint: 'A username, e-mail address or id' })}
${selection('give', { name: 'role', label: 'What they are', options: ROLES, value: 'user' })}`;
  const warning =
    'Removes its clients and their tokens: nobody signs in to it any more. It cannot be undone.';
  return adminPage(
    frame,
    app.name,
    html`<section aria-labelledby="about"><h2 id="about">Application <code>${app.slug}</code></h2>
${actionForm(frame, 'change', fieldsOfApp(app), html`<button>Save</button>`)}</section>
<section aria-labelledby="roles"><h2 id="roles">Who is what</h2>
<p>Administrators of the platform are administrators here too. Everybody who is not listed: ${app.defaultRole}.</p>
${pager(frame, list)}
${items.length === 0 ? undefined : html`<ul class="plain">${items}</ul>`}</section>
<section aria-labelledby="give"><h2 id="give">Give somebody a role</h2>
${actionForm(frame, 'role', give, html`<button>Save the role</button>`)}</section>
${deletion(frame, app.slug, app.name, warning)}`,
  );
}
