import type { PermissionDescription, RoleDescription } from '../../users/user-administration.ts';
import { html, type Markup } from '../html.ts';
import { choices, field } from '../layout.ts';
import { actionForm, adminPage, type Frame } from './frame.ts';
import { deletion } from './users-page.ts';

export function rolesPage(frame: Frame, roles: readonly RoleDescription[]): string {
  const items = roles.map(
    ({
      name,
      description,
      permissions,
    }) => html`<li><p><a href="/admin/pages/roles/${encodeURIComponent(name)}"><strong>${name}</strong></a> ${description}<br>
<span class="hint">${permissions.length === 0 ? 'may do nothing' : permissions.join(', ')}</span></p></li>`,
  );
  const inputs = html`${field('role', { name: 'name', label: 'Name', hint: 'Lower-case letters, digits, spaces and "-"', autocomplete: 'off' })}
${field('role', { name: 'description', label: 'What it is for', autocomplete: 'off' })}`;
  return adminPage(
    frame,
    'Roles',
    html`<section><ul class="plain">${items}</ul></section>
<section aria-labelledby="make"><h2 id="make">Make a role</h2>
${actionForm(frame, 'create', inputs, html`<button>Make the role</button>`)}</section>`,
  );
}

export interface RolePage {
  readonly role: RoleDescription;
  readonly permissions: readonly PermissionDescription[];
  readonly isFixed: boolean;
  readonly isBuiltIn: boolean;
}

export function rolePage(frame: Frame, { role, permissions, isFixed, isBuiltIn }: RolePage): string {
  const boxes = permissions.map(({ name, description }) => ({
    ...{ name: `permission:${name}`, label: name, hint: description },
    checked: role.permissions.includes(name),
  }));
  const fields = html`${field('role', { name: 'description', label: 'What it is for', autocomplete: 'off', value: role.description })}
${choices('permissions', 'Permissions', boxes)}`;
  const fixed: Markup = html`<section><p>${role.description}.</p><p>This role stays as it is: ${role.permissions.join(', ') || 'it may do nothing'}.</p></section>`;
  const warning = 'Take it from everybody first. It cannot be undone.';
  return adminPage(
    frame,
    `Role ${role.name}`,
    isFixed
      ? fixed
      : html`<section>${actionForm(frame, 'change', fields, html`<button>Save the role</button>`)}</section>
${isBuiltIn ? undefined : deletion(frame, role.name, role.name, warning)}`,
  );
}
