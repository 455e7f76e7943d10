import type { DataSet } from '@flyloft/data-sets';
import type { Session } from '../sign-in/sign-in.ts';
import { type Html, html, NOTHING } from './html.ts';
import type { Preview } from './preview.ts';

/** What is wrong with a file, and where. */
export interface PageError {
  /** A row or a record; null when it is the file as a whole. */
  readonly place: string | null;
  readonly message: string;
}

/** What became of a file. */
export type UploadResult =
  | { readonly kind: 'stored' | 'faultless'; readonly filename: string; readonly preview: Preview }
  | {
      readonly kind: 'refused';
      readonly filename: string;
      readonly errors: readonly PageError[];
      readonly total: number;
      readonly preview?: Preview;
    };

function previewTable({ columns, rows }: Preview): Html {
  if (rows.length === 0) return html`<p>The file holds no records.</p>`;
  return html`<div class="scroll" role="region" aria-label="First records" tabindex="0"><table>
<caption>The first ${rows.length === 1 ? 'record' : `${rows.length} records`}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`)}</tbody>
</table></div>`;
}

function resultSection(result: UploadResult): Html {
  if (result.kind === 'refused') {
    const { filename, errors, total, preview } = result;
    const more = total > errors.length ? html`<p>… and ${total - errors.length} more.</p>` : NOTHING;
    return html`<section class="errors" role="alert" aria-labelledby="result">
<h2 id="result">${filename}: nothing was stored</h2>
<ul>${errors.map(({ place, message }) => html`<li>${place === null ? '' : `${place}: `}${message}</li>`)}</ul>
${more}
</section>
${preview ? previewTable(preview) : NOTHING}`;
  }
  const text = result.kind === 'stored' ? 'was stored' : 'has no faults. It was not stored yet';
  return html`<section class="done" role="status" aria-labelledby="result">
<h2 id="result">${result.filename} ${text}</h2>
</section>
${previewTable(result.preview)}`;
}

/** The page on which a person uploads to a data set (data-sets.md A6). */
export function uploadPage(dataSet: DataSet, session: Session, result?: UploadResult) {
  const { name, settings } = dataSet;
  const usual = settings.upload_format === 'excel' ? 'an Excel workbook (.xlsx)' : 'a CSV file';
  return {
    title: `Upload to ${name}`,
    body: html`${result ? resultSection(result) : NOTHING}
<form method="post" enctype="multipart/form-data" action="/${encodeURIComponent(name)}/upload">
<input type="hidden" name="csrf" value="${session.csrf}">
<p><label for="file">File</label>
<span id="hint">Usually ${usual}; CSV, Excel, JSON and NDJSON are understood. The first row holds the keys.</span><br>
<input type="file" id="file" name="file" required aria-describedby="hint" accept=".csv,.xlsx,.json,.ndjson,.jsonl"></p>
<p><button type="submit" name="action" value="store">Upload</button>
<button type="submit" name="action" value="check">Check without storing</button></p>
</form>
<p>Signed in as ${session.name === '' ? session.subject : session.name}. <a href="/_user/sign_out">Sign out</a></p>`,
  };
}
