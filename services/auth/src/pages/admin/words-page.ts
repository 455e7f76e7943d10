import type { WordPhrase } from '../../moderation/words.ts';
import { html, type Markup } from '../html.ts';
import { field, hidden, selection } from '../layout.ts';
import { actionForm, adminPage, type Frame, type ListPage, pager } from './frame.ts';

const KINDS = [
  { value: 'false', text: 'may not be written' },
  { value: 'true', text: 'is let stand, whatever is in it' },
];

function phraseItem(frame: Frame, { id, phrase, allowed }: WordPhrase): Markup {
  const remove = html`<button class="quiet" aria-label="Remove ${phrase}">Remove</button>`;
  return html`<li><p><strong>${phrase}</strong> ${allowed ? html`<span class="tag">let stand</span>` : undefined}</p>
${actionForm(frame, 'remove', html`${hidden('id', id)}`, remove)}</li>`;
}

/** The list of phrases that texts may not hold. */
export function wordsPage(frame: Frame, list: ListPage<WordPhrase>): string {
  const phrase = {
    name: 'phrase',
    label: 'Phrase',
    autocomplete: 'off',
    hint: 'Case, accents and widths do not count.',
  };
  const found = list.entries.map((entry) => phraseItem(frame, entry));
  return adminPage(
    frame,
    'Words',
    html`<section aria-labelledby="add"><h2 id="add">Add</h2>
${actionForm(
  frame,
  'add',
  html`${field('add', phrase)}
${selection('add', { name: 'allowed', label: 'This phrase', options: KINDS, value: 'false' })}`,
  html`<button>Add the phrase</button>`,
)}</section>
<section aria-labelledby="list"><h2 id="list">List</h2>
${pager(frame, list)}
${found.length === 0 ? html`<p>Nothing is on the list: every text is taken.</p>` : html`<ul class="plain">${found}</ul>`}
</section>`,
  );
}
