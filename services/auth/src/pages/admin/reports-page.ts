import type { QueuedReport } from '../../moderation/reports.ts';
import { html, type Markup } from '../html.ts';
import { hidden } from '../layout.ts';
import { actionForm, adminPage, type Frame, type ListPage, minute, pager } from './frame.ts';

/** Where what was reported can be looked at. */
function addressOf({ kind, target }: QueuedReport): string {
  if (kind === 'user') return `/admin/pages/users/${target}`;
  if (kind === 'package') return `/packages/${encodeURIComponent(target)}`;
  if (kind === 'comment') return `/packages/comments/${target}`;
  return `/${target}`;
}

const DECISIONS = [
  { action: 'dismiss', text: 'Nothing wrong: dismiss', style: 'quiet' },
  { action: 'close', text: 'Dealt with: close', style: 'quiet' },
  { action: 'hide', text: 'Hide it and close', style: 'danger' },
] as const;

function reportItem(frame: Frame, report: QueuedReport): Markup {
  const { id, kind, target, reason, createdAt, openReports, isHidden } = report;
  const forms = DECISIONS.map(({ action, text, style }) => {
    const button = html`<button class="${style}" aria-label="${text} (${kind} ${target})">${text}</button>`;
    return actionForm(frame, action, html`${hidden('id', id)}`, button);
  });
  return html`<li><p><span class="tag">${kind}</span> <a href="${addressOf(report)}"><strong>${target}</strong></a>
${isHidden ? html`<span class="tag">hidden</span>` : undefined}<br>
${reason}<br><span class="hint">${minute(createdAt)}, ${openReports === 1 ? 'one open report' : `${openReports} open reports`} of it</span></p>
<div class="actions">${forms}</div></li>`;
}

/** The moderators' queue: the open reports, the oldest first. */
export function reportsPage(frame: Frame, list: ListPage<QueuedReport>): string {
  const found = list.entries.map((report) => reportItem(frame, report));
  return adminPage(
    frame,
    'Reports',
    html`<p>A decision ends every open report of the same thing. Its reporters are told.</p>
<section aria-labelledby="open"><h2 id="open">Open</h2>
${pager(frame, list)}
${found.length === 0 ? html`<p>Nothing is open.</p>` : html`<ul class="plain">${found}</ul>`}
</section>`,
  );
}
