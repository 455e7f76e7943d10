import type { AuditEntry } from '../../audit/audit.ts';
import { html, type Markup } from '../html.ts';
import { field } from '../layout.ts';
import { address, adminPage, type Frame, type ListPage, minute, pager } from './frame.ts';

/** As it was asked for. */
export interface AuditSearch {
  readonly actor: string | undefined;
  readonly target: string | undefined;
  readonly action: string | undefined;
  readonly from: string | undefined;
  readonly until: string | undefined;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function personLink(id: string): Markup {
  return UUID.test(id)
    ? html`<a href="/admin/pages/users/${id}"><code>${id}</code></a>`
    : html`<code>${id}</code>`;
}

function entryItem(frame: Frame, { at, actor, action, target, requestId, details }: AuditEntry): Markup {
  const same = address(frame.path, { action });
  const more = JSON.stringify(details);
  return html`<li><p><a href="${same}"><strong>${action}</strong></a> ${target === null ? undefined : personLink(target)}<br>
<span class="hint">${minute(at)}, by ${actor === null ? 'the platform itself' : personLink(actor)}${requestId && html`, request <code>${requestId}</code>`}</span>
${more === '{}' ? undefined : html`<br><code>${more}</code>`}</p></li>`;
}

export function auditPage(
  frame: Frame,
  list: ListPage<AuditEntry> & { readonly search: AuditSearch },
): string {
  const { search } = list;
  const input = (name: keyof AuditSearch, label: string, type: 'text' | 'date' = 'text') =>
    field('find', { name, label, type, autocomplete: 'off', required: false, value: search[name] ?? '' });
  const entries = list.entries.map((entry) => entryItem(frame, entry));
  return adminPage(
    frame,
    'Audit log',
    html`<section aria-labelledby="find"><h2 id="find">Find</h2>
<form class="filter" method="get" action="${frame.path}"><div class="columns">
${input('actor', 'Who did it (id)')}
${input('target', 'To whom or what (id)')}
${input('action', 'What, such as user.suspended or user.')}
${input('from', 'Not before (UTC)', 'date')}
${input('until', 'Before (UTC)', 'date')}
</div><button class="quiet">Find</button></form></section>
<section aria-labelledby="found"><h2 id="found">Newest first</h2>
${pager(frame, list, { ...search })}
${entries.length === 0 ? html`<p>Nothing.</p>` : html`<ul class="plain">${entries}</ul>`}
</section>`,
  );
}
