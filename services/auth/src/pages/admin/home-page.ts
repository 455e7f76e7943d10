import { html } from '../html.ts';
import { adminPage, areasOf, type Frame } from './frame.ts';

export function homePage(frame: Frame): string {
  const areas = areasOf(frame).map(
    ({ path, title, about }) => html`<li><p><a href="${path}"><strong>${title}</strong></a><br>
<span class="hint">${about}</span></p></li>`,
  );
  return adminPage(frame, 'Administration', html`<section><ul class="plain">${areas}</ul></section>`);
}
