import type { ListedSession } from '../../sessions/session.ts';
import { isSuspended, type User } from '../../users/user.ts';
import type { RoleDescription } from '../../users/user-administration.ts';
import { html, type Markup } from '../html.ts';
import { field, hidden, selection } from '../layout.ts';
import { actionForm, address, adminPage, type Frame, minute } from './frame.ts';
import { deletion, roleChoices } from './users-page.ts';

export interface UserPage {
  readonly person: User;
  readonly roles: readonly RoleDescription[];
  readonly sessions: readonly ListedSession[];
  readonly sendsMail: boolean;
  readonly now: Date;
}

function section(id: string, title: string, content: Markup): Markup {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${content}
</section>`;
}

function facts(frame: Frame, { person, now }: UserPage): Markup {
  const verified = person.emailVerified ? 'verified' : 'not verified';
  const log = html`<p><a href="${address('/admin/pages/audit', { target: person.id })}">What was done to ${person.username}</a>,
<a href="${address('/admin/pages/audit', { actor: person.id })}">what ${person.username} did</a></p>`;
  const whole = actionForm(
    frame,
    'export',
    html``,
    html`<button class="quiet">Download what is kept of ${person.username}</button>`,
  );
  const suspended = isSuspended(person, now) && person.suspendedUntil;
  return html`<section><dl class="facts">
<dt>Name</dt><dd>${person.name ?? 'none'}</dd>
<dt>E-mail</dt><dd>${person.email === null ? 'none' : html`${person.email} (${verified})`}</dd>
<dt>Roles</dt><dd>${person.roles.length === 0 ? 'none: may do nothing' : person.roles.join(', ')}</dd>
<dt>Joined</dt><dd>${minute(person.joinDate)}</dd>
<dt>Id</dt><dd><code>${person.id}</code></dd>
<dt>Userid</dt><dd><code>${person.idhash}</code></dd>
${suspended ? html`<dt>Shut out</dt><dd>until ${minute(suspended)}</dd>` : undefined}
</dl>
${frame.may('audit:read:any') ? log : undefined}
${frame.may('user:export:any') ? whole : undefined}</section>`;
}

function profile(frame: Frame, { person }: UserPage): Markup {
  const input = (name: string, label: string, value: string | null, required: boolean) =>
    field('profile', { name, label, value: value ?? '', required, autocomplete: 'off' });
  const fields = html`${input('name', 'Name', person.name, false)}
${input('username', 'Username', person.username, true)}
${input('email', 'E-mail address (a new one has to be verified again)', person.email, person.email !== null)}`;
  return section(
    'profile',
    'Profile',
    actionForm(frame, 'change', fields, html`<button class="quiet">Save</button>`),
  );
}

function rolesOf(frame: Frame, { person, roles }: UserPage): Markup {
  const boxes = roleChoices('roles', roles, person.roles);
  return section(
    'role',
    'Roles',
    actionForm(frame, 'roles', boxes, html`<button class="quiet">Save the roles</button>`),
  );
}

function recovery(frame: Frame, { sendsMail, person }: UserPage): Markup {
  const mail = { value: 'mail', text: `Mail it to ${person.email}` };
  const show = { value: 'show', text: 'Show it to me, to hand on' };
  const options = sendsMail && person.email !== null ? [mail, show] : [show];
  return section(
    'recovery',
    'Recovery',
    html`<p>A link by which ${person.username} sets a new password. The old one goes on working until then.</p>
${actionForm(frame, 'recover', selection('recovery', { name: 'link', label: 'The link', options }), html`<button class="quiet">Make a link</button>`)}`,
  );
}

function suspension(frame: Frame, { person, now }: UserPage): Markup {
  const week = new Date(now.getTime() + 7 * 86_400_000).toISOString().slice(0, 10);
  const lift = actionForm(frame, 'lift', html``, html`<button class="quiet">Let in again</button>`);
  const fields = html`${field('suspension', { name: 'until', label: 'Shut out until the beginning of (UTC)', type: 'date', autocomplete: 'off', value: week })}
${field('suspension', { name: 'reason', label: 'Reason', autocomplete: 'off' })}`;
  const isOn = isSuspended(person, now);
  const button = html`<button class="danger">${isOn ? 'Change the suspension' : 'Shut out'}</button>`;
  return section(
    'suspension',
    'Suspension',
    html`<p>Ends every session, refuses every token, and is over by itself on that date.</p>
${isOn ? html`${lift}<br>` : undefined}
${actionForm(frame, 'suspend', fields, button)}`,
  );
}

function sessionsOf(frame: Frame, { sessions }: UserPage): Markup {
  const items = sessions.map(
    ({
      id,
      userAgent,
      method,
      lastSeenAt,
    }) => html`<li><p><strong>${userAgent ?? 'Unknown browser'}</strong><br>
<span class="hint">Signed in by ${method}, last seen ${minute(lastSeenAt)}</span></p>
${actionForm(frame, 'end-session', html`${hidden('session', id)}`, html`<button class="quiet">End this session</button>`)}</li>`,
  );
  const end = actionForm(
    frame,
    'end-sessions',
    html``,
    html`<button class="quiet">End all sessions</button>`,
  );
  return section(
    'sessions',
    'Sessions',
    items.length === 0
      ? html`<p>Signed in nowhere.</p>`
      : html`<ul class="plain">${items}</ul>${items.length > 1 ? end : undefined}`,
  );
}

export function userPage(frame: Frame, page: UserPage): string {
  const { person } = page;
  const warning =
    'Removes the profile, ways to sign in, sessions and tokens, and cannot be undone. Packages, data sets and the audit log stay.';
  const { may } = frame;
  return adminPage(
    frame,
    person.username,
    html`${facts(frame, page)}
${may('user:update:any') ? profile(frame, page) : undefined}
${may('user:assign-roles:any') ? rolesOf(frame, page) : undefined}
${may('user:create:any') ? recovery(frame, page) : undefined}
${may('user:suspend:any') ? suspension(frame, page) : undefined}
${may('session:revoke:any') ? sessionsOf(frame, page) : undefined}
${may('user:delete:any') ? deletion(frame, person.username, person.username, warning) : undefined}`,
  );
}
