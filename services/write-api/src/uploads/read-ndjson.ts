import { parseJsonExactly } from '@flyloft/data-sets';
import { beyondLimit, UPLOAD_LIMITS } from './limits.ts';
import type { Element } from './raw-batch.ts';
import { NOT_UTF8 } from './utf8-text.ts';

const LINE_FEED = 10;

/** Lines without their ends; a line is never longer than the limit, however the bytes arrive. */
async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)]);
      parts = [];
      length = 0;
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > UPLOAD_LIMITS.lineBytes) {
      throw beyondLimit(`A line holds more than ${UPLOAD_LIMITS.lineBytes} bytes`);
    }
  }
  yield Buffer.concat(parts);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseLine(
  line: Buffer,
  keepLiterals: boolean,
): { raw: unknown } | { error: typeof NOT_UTF8 | NotJson } {
  let text: string;
  try {
    text = utf8.decode(line);
  } catch {
    return { error: NOT_UTF8 };
  }
  try {
    return { raw: parseJsonExactly(text, { keepLiterals }) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { error: { key: null, code: 'not_json', message: `Error parsing JSON: "${reason}"` } };
  }
}

interface NotJson {
  readonly key: null;
  readonly code: 'not_json';
  readonly message: string;
}

/** One record a line; blank lines are skipped, and do not count. */
export async function* readNdjson(
  chunks: AsyncIterable<Buffer>,
  { keepLiterals }: { keepLiterals: boolean },
): AsyncGenerator<Element> {
  let place = 0;
  for await (const line of linesOf(chunks)) {
    if (line.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)) continue;
    yield { place, ...parseLine(line, keepLiterals) };
    place += 1;
  }
}
