import type { KeyDescription } from '../../keys/key-administration.ts';
import { html } from '../html.ts';
import { choices, hidden } from '../layout.ts';
import { actionForm, adminPage, type Frame, minute } from './frame.ts';

const ABOUT: Readonly<Record<KeyDescription['state'], string>> = {
  next: 'Published, and signs after the next rotation',
  active: 'Signs',
  retiring: 'Signs no longer; what it signed is still good',
  retired: 'Nothing that it signed is good any more',
};

export function keysPage(frame: Frame, keys: readonly KeyDescription[]): string {
  const mayRotate = frame.may('key:rotate:any');
  const items = keys.map(({ kid, state, createdAt, activatedAt }) => {
    const retire = actionForm(
      frame,
      'retire',
      html`${hidden('kid', kid)}`,
      html`<button class="danger">Retire ${kid.slice(0, 8)}</button>`,
    );
    return html`<li><p><strong>${state}</strong> <code>${kid}</code><br>
<span class="hint">${ABOUT[state]}. Made ${minute(createdAt)}${activatedAt && `, signed from ${minute(activatedAt)}`}.</span></p>
${mayRotate && state === 'retiring' ? retire : undefined}</li>`;
  });
  const force = choices('rotate', 'If verifiers may not know the next key yet', [
    { name: 'force', label: 'Rotate all the same: a key has leaked', checked: false },
  ]);
  const rotate = html`<section aria-labelledby="rotate"><h2 id="rotate">Rotate</h2>
<p>The next key signs from now on; the one before goes on verifying for 14 days, so nobody is signed out.</p>
${actionForm(frame, 'rotate', force, html`<button>Rotate the keys</button>`)}</section>`;
  return adminPage(
    frame,
    'Keys',
    html`<section><ul class="plain">${items}</ul></section>${mayRotate ? rotate : undefined}`,
  );
}
