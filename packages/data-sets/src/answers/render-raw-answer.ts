import { createRenderer, renderJson } from './render-json.ts';

type Pages = AsyncIterable<readonly unknown[]>;

interface RawAnswerOptions {
  readonly compact: boolean;
  /** Records beyond these are left out. */
  readonly most: number;
  /** What stands behind `data`, when all records were seen; names behind it in the alphabet. */
  readonly behind: (isTruncated: boolean) => Readonly<Record<string, unknown>>;
}

/**
 * What `renderJson` makes of `{data: [...], ...behind}`, in pieces: records are rendered a page at a time, so
 * that never more than a page of them is held.
 */
export async function* renderRawAnswer(
  pages: Pages,
  { compact, most, behind }: RawAnswerOptions,
): AsyncGenerator<string> {
  const render = createRenderer(compact);
  const [line, indent] = compact ? ['', ''] : ['\n  ', '\n    '];
  yield compact ? '{"data":[' : '{\n  "data": [';
  let count = 0;
  for await (const page of pages) {
    const rows = page.slice(0, Math.max(most - count, 0));
    if (rows.length > 0) {
      const text = rows.map((row) => indent + render(row, indent.slice(1))).join(',');
      yield count === 0 ? text : `,${text}`;
    }
    count += page.length;
    if (count > most) break;
  }
  yield count === 0 ? ']' : `${line}]`;
  const tail = renderJson(behind(count > most), { compact }).slice(1);
  // An empty object is `{}` in both forms; behind a list its end stands on a line of its own.
  yield tail === '}' ? `${line.slice(0, 1)}}` : `,${tail}`;
}
