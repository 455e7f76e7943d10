import { LoadFailure } from '../load-failure.ts';
import { MAX_ROW_BYTES } from './limits.ts';

/** @throws {LoadFailure} `data_invalid`, always. */
export function failJson(name: string, message: string, suggestion?: string): never {
  throw new LoadFailure('data_invalid', `The file of "${name}" is not valid: ${message}.`, [
    { resource: name, rule: 'json', message, ...(suggestion === undefined ? {} : { suggestion }) },
  ]);
}

/** Where in the text the reading is. */
interface Position {
  depth: number;
  quoted: boolean;
  escaped: boolean;
}

/** One character further. Only strings and brackets matter: the elements themselves are parsed by others. */
function step(position: Position, character: string): void {
  if (position.quoted) {
    if (position.escaped) position.escaped = false;
    else if (character === '\\') position.escaped = true;
    else if (character === '"') position.quoted = false;
  } else if (character === '"') position.quoted = true;
  else if (character === '{' || character === '[') position.depth += 1;
  else if (character === '}' || character === ']') position.depth -= 1;
}

/**
 * Tells when the array of rows begins: the text itself, or the value of `property` at its top. Answers
 * true with the character that opens it.
 */
function arrayFinder(name: string, property: string | undefined) {
  const position: Position = { depth: 0, quoted: false, escaped: false };
  let key = '';
  let reading = '';
  return (character: string): boolean => {
    const before = position.depth;
    if (before === 0 && character === '[' && property === undefined) return true;
    if (before === 0 && !/\s/.test(character) && character !== '{') {
      failJson(
        name,
        property === undefined ? 'JSON data is an array of rows' : `there is no property "${property}"`,
      );
    }
    if (before === 0 && character === '{' && property === undefined) {
      failJson(
        name,
        'the JSON is an object, not an array of rows',
        'declare "dialect": {"property": "…"} to name the array',
      );
    }
    if (before === 1 && !position.quoted && character === '[' && key === property) return true;
    if (before === 1) {
      if (position.quoted) reading += character;
      else if (character === '"') reading = '';
      else if (character === ':') key = parsedKey(reading);
      else if (character === ',') key = '';
    }
    step(position, character);
    return false;
  };
}

function parsedKey(text: string): string {
  try {
    return String(JSON.parse(`"${text}`));
  } catch {
    return text;
  }
}

/**
 * The elements of a JSON array as their texts, one at a time: numbers keep every digit, and no more than
 * one row is in memory.
 * @throws {LoadFailure} `data_invalid` for what is no array, a row that is too long, or a text that ends early.
 */
export async function* jsonElements(
  chunks: AsyncIterable<string>,
  name: string,
  property?: string,
): AsyncGenerator<string> {
  const isStart = arrayFinder(name, property);
  const position: Position = { depth: 0, quoted: false, escaped: false };
  let [found, element, rows] = [false, '', 0];
  for await (const chunk of chunks) {
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const character = chunk.charAt(index);
      if (!found) {
        found = isStart(character);
        start = index + 1;
        continue;
      }
      const atTop = position.depth === 0 && !position.quoted;
      if (atTop && (character === ',' || character === ']')) {
        const text = (element + chunk.slice(start, index)).trim();
        if (text !== '' || character === ',' || rows > 0) yield text;
        if (character === ']') return;
        rows += 1;
        [element, start] = ['', index + 1];
      } else step(position, character);
    }
    if (found) element += chunk.slice(start);
    if (element.length > MAX_ROW_BYTES)
      failJson(name, `row ${rows + 1} has more than ${MAX_ROW_BYTES} characters`);
  }
  failJson(
    name,
    found ? `the JSON ends within row ${rows + 1}` : 'the file is empty or has no array of rows',
  );
}
