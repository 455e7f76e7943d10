import { problem } from '@flyloft/common';
import { parseJsonExactly } from '@flyloft/data-sets';
import { beyondLimit, UPLOAD_LIMITS } from './limits.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

function notJson(reason: string, cause?: unknown): Error {
  return problem('invalid_json', `Error parsing JSON: "${reason}"`, { cause });
}

/** @throws {ProblemError} 400 in the original's words, when the bytes are not JSON. */
export function parseJson(bytes: Buffer, keepLiterals: boolean): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw notJson('The body is not UTF-8', cause);
  }
  try {
    return parseJsonExactly(text, { keepLiterals });
  } catch (cause) {
    throw notJson(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,[]{}');

function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Where in a JSON text we are: how deep, and whether inside of a string. */
interface Position {
  depth: number;
  inString: boolean;
  isEscaped: boolean;
}

/** Moves over one byte; true when it ends an element of the outermost list, or the list itself. */
function endsElement(position: Position, byte: number): boolean {
  if (position.inString) {
    if (position.isEscaped) position.isEscaped = false;
    else if (byte === BACKSLASH) position.isEscaped = true;
    else if (byte === QUOTE) position.inString = false;
    return false;
  }
  if (byte === QUOTE) position.inString = true;
  else if (byte === OPEN_LIST || byte === OPEN_OBJECT) position.depth += 1;
  else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) position.depth -= 1;
  return (byte === COMMA && position.depth === 1) || position.depth === 0;
}

/**
 * The elements of a list, one by one: a large list takes no more memory than its largest element.
 * Undefined-free JSON only; what stands between the elements is checked here, each element by the parser.
 */
export async function* readJsonList(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const position: Position = { depth: 0, inString: false, isEscaped: false };
  let parts: Buffer[] = [];
  let length = 0;
  let count = 0;
  let isOver = false;
  for await (const chunk of chunks) {
    let from = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0;
      if (position.depth === 0) {
        if (isBlank(byte)) continue;
        if (isOver || byte !== OPEN_LIST) throw notJson('Unexpected text beside the list');
        position.depth = 1;
        from = index + 1;
      } else if (endsElement(position, byte)) {
        const element = Buffer.concat([...parts, chunk.subarray(from, index)]);
        parts = [];
        length = 0;
        from = index + 1;
        isOver = position.depth === 0;
        // `[]` has no element, not an empty one.
        if (isOver && byte !== CLOSE_LIST) throw notJson('Unexpected end of the list');
        if (isOver && count === 0 && element.every(isBlank)) continue;
        count += 1;
        yield element;
      }
    }
    if (position.depth === 0) continue;
    parts.push(chunk.subarray(from));
    length += chunk.length - from;
    if (length > UPLOAD_LIMITS.lineBytes) {
      throw beyondLimit(`A record holds more than ${UPLOAD_LIMITS.lineBytes} bytes`);
    }
  }
  if (!isOver) throw notJson('Unexpected end of JSON input');
}

/** True when the text is a list, as far as its beginning tells. */
export async function beginsWithList(chunks: AsyncIterable<Buffer>): Promise<boolean> {
  for await (const chunk of chunks) {
    const first = chunk.find((byte) => !isBlank(byte));
    if (first !== undefined) return first === OPEN_LIST;
  }
  return false;
}
