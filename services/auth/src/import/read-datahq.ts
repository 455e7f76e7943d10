import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse';
import { type BrokenLine, type DumpLine, personOfRow } from './imported-person.ts';

const COPY = /^COPY (?:\w+\.)?"?users"? \(([^)]+)\) FROM stdin;$/;
const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', b: '\b', f: '\f', v: '\v' };

/** A field of pg_dump's COPY text: `\N` is null, a backslash escapes. */
function copyField(field: string): string | null {
  if (field === '\\N') return null;
  return field.replace(/\\(.)/g, (_all, letter: string) => ESCAPES[letter] ?? letter);
}

const rowOf = (columns: readonly string[], values: readonly unknown[]) =>
  Object.fromEntries(columns.map((name, index) => [name, values[index]]));

const brokenRow = (line: number, found: number, expected: number): BrokenLine => ({
  line,
  broken: `it has ${found} fields instead of ${expected}`,
});

async function* readCopy(path: string): AsyncGenerator<DumpLine> {
  let columns: string[] | undefined;
  let line = 0;
  for await (const text of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    line += 1;
    if (columns === undefined) {
      const found = COPY.exec(text)?.[1];
      columns = found?.split(',').map((name) => name.trim().replaceAll('"', ''));
    } else if (text === '\\.') {
      return;
    } else {
      const values = text.split('\t').map(copyField);
      if (values.length !== columns.length) yield brokenRow(line, values.length, columns.length);
      else yield personOfRow(line, rowOf(columns, values));
    }
  }
  throw new Error(
    columns === undefined
      ? 'The dump has no "COPY users (…) FROM stdin;"'
      : 'The dump ends in the middle of the table users',
  );
}

async function* readCsv(path: string): AsyncGenerator<DumpLine> {
  const rows = createReadStream(path).pipe(parse({ bom: true, info: true, relax_column_count: true }));
  let columns: string[] | undefined;
  for await (const { record, info } of rows) {
    // without names the parser answers lists of texts
    const values = record as string[];
    const { lines: line } = info;
    if (columns === undefined) columns = values.map((name) => name.trim());
    else if (values.length !== columns.length) yield brokenRow(line, values.length, columns.length);
    else yield personOfRow(line, rowOf(columns, values));
  }
}

async function firstLine(path: string): Promise<string> {
  const lines = createInterface({ input: createReadStream(path) });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  return '';
}

/**
 * The table `users` of datahq/auth: CSV with a header line, or the text of `pg_dump --table users`.
 * @throws {Error} when it is neither, or is cut off.
 */
export async function* readDatahq(path: string): AsyncGenerator<DumpLine> {
  const header = (await firstLine(path))
    .replace(/^\ufeff/, '')
    .split(',')
    .map((name) => name.replaceAll('"', '').trim());
  yield* header.includes('id') && header.includes('email') ? readCsv(path) : readCopy(path);
}
