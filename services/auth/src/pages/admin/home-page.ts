import type { MailTrouble } from '../../mail/outbox.ts';
import { html } from '../html.ts';
import { notice } from '../layout.ts';
import { adminPage, areasOf, type Frame } from './frame.ts';

function mailNotice({ letters, reason }: MailTrouble) {
  const waiting = letters === 1 ? 'A letter waits' : `${letters} letters wait`;
  return notice(`${waiting} to be sent. ${reason}. It is tried again for a day.`, 'error');
}

export function homePage(frame: Frame, mailTrouble: MailTrouble | undefined): string {
  const areas = areasOf(frame).map(
    ({ path, title, about }) => html`<li><p><a href="${path}"><strong>${title}</strong></a><br>
<span class="hint">${about}</span></p></li>`,
  );
  return adminPage(
    frame,
    'Administration',
    html`${mailTrouble && mailNotice(mailTrouble)}
<section><ul class="plain">${areas}</ul></section>`,
  );
}
