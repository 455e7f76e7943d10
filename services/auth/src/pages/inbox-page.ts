import type { Notification } from '../notices/notifications.ts';
import { address, type ListPage, minute } from './admin/frame.ts';
import { html, type Markup } from './html.ts';
import { hidden, layout } from './layout.ts';

export interface InboxPage extends ListPage<Notification> {
  readonly csrfToken: string;
  readonly unread: number;
}

function item({ text, createdAt, readAt }: Notification): Markup {
  return html`<li><p>${readAt === null ? html`<strong>${text}</strong> <span class="tag">new</span>` : text}<br>
<span class="hint">${minute(createdAt)}</span></p></li>`;
}

/** A person's notifications, newest first. */
export function inboxPage({ csrfToken, unread, entries, total, page, perPage }: InboxPage): string {
  const last = Math.max(1, Math.ceil(total / perPage));
  const link = (to: number, text: string) =>
    html`<a href="${address('/notifications', { page: String(to) })}">${text}</a>`;
  const markAll = html`<form method="post" action="/notifications">${hidden('csrf_token', csrfToken)}
<button class="quiet">Mark all as read</button></form>`;
  return layout(
    'Notifications',
    html`${unread > 0 ? markAll : undefined}
${entries.length === 0 ? html`<p>Nothing yet.</p>` : html`<ul class="plain">${entries.map(item)}</ul>`}
<nav class="pages" aria-label="Pages"><span>Page ${page} of ${last}</span>
${page > 1 ? link(page - 1, 'Newer') : undefined}
${page < last ? link(page + 1, 'Older') : undefined}</nav>
<p><a href="/auth/settings">Settings</a></p>`,
  );
}
