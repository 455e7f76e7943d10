import { EVERYONE, type PermissionRow } from '../../permissions/service-administration.ts';
import { html } from '../html.ts';
import { field, hidden, lines } from '../layout.ts';
import { actionForm, adminPage, type Frame, type ListPage, pager } from './frame.ts';

export interface ListedService {
  readonly alias: string;
  readonly built_in: boolean;
  readonly decided_by: 'rows' | 'module';
}

export function servicesPage(frame: Frame, services: readonly ListedService[]): string {
  const items = services.map(
    ({
      alias,
      built_in,
      decided_by,
    }) => html`<li><p><a href="/admin/pages/services/${encodeURIComponent(alias)}"><strong>${alias}</strong></a><br>
<span class="hint">${built_in ? 'Part of the platform' : 'From ALLOWED_SERVICES'}; ${decided_by === 'module' ? 'its module says who may do what' : 'the rows here say who may do what'}</span></p></li>`,
  );
  return adminPage(frame, 'Services', html`<section><ul class="plain">${items}</ul></section>`);
}

/** `name` for true, `name=value` with a JSON value for all else. */
function linesOfPermissions({ permissions }: PermissionRow): string {
  return Object.entries(permissions)
    .map(([name, value]) => (value === true ? name : `${name}=${JSON.stringify(value)}`))
    .join('\n');
}

export function servicePage(frame: Frame, service: ListedService, rows: ListPage<PermissionRow>): string {
  const mayChange = frame.may('service:update:any');
  const items = rows.entries.map((row) => {
    const remove = actionForm(
      frame,
      'remove',
      html`${hidden('userid', row.userid)}`,
      html`<button class="danger">Take the row of ${row.username ?? 'everyone'} away</button>`,
    );
    return html`<li><p><strong>${row.userid === EVERYONE ? 'Everyone' : (row.username ?? row.userid)}</strong><br>
<code>${linesOfPermissions(row).replaceAll('\n', ', ') || 'nothing'}</code></p>
${mayChange ? remove : undefined}</li>`;
  });
  const inputs = html`${field('row', { name: 'person', label: 'Who', autocomplete: 'off', hint: 'A username, e-mail address or id; * for everyone' })}
${lines('row', { name: 'permissions', label: 'What they may do', hint: 'A name a line; name=value for another JSON value than true' })}`;
  const module = html`<p>A module decides for this service: these rows stand for nothing.</p>`;
  return adminPage(
    frame,
    `Service ${service.alias}`,
    html`<section>${service.decided_by === 'module' ? module : html`<p>Everyone's row first, a person's own over it, then what administrators hold. Tokens that say otherwise are refused within a minute; of everyone's row, they change as they are renewed.</p>`}
${pager(frame, rows)}
${items.length === 0 ? html`<p>Nobody.</p>` : html`<ul class="plain">${items}</ul>`}</section>
${mayChange ? html`<section aria-labelledby="set"><h2 id="set">Say what somebody may do</h2>${actionForm(frame, 'set', inputs, html`<button>Save</button>`)}</section>` : undefined}`,
  );
}
