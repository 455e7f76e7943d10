import type { PlannedRequest } from './plan.ts';

const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

const PRINTABLE = /^[\t\n\x20-\x7e]*$/;
const LONGEST = 4_000;

/** A command that sends a request again; a long body is left out, and said to be. */
export function curlCommand(origin: string, { method, target, headers, body }: PlannedRequest): string {
  const parts = [`curl -i --path-as-is -g -X ${method} ${quote(`${origin}${target}`)}`];
  for (const [name, value] of headers)
    parts.push(`-H ${quote(value === '' ? `${name};` : `${name}: ${value}`)}`);
  if (body === undefined) return parts.join(' ');
  const text = body.toString('latin1');
  if (body.length > LONGEST) return `${parts.join(' ')} # and a body of ${body.length} bytes`;
  if (PRINTABLE.test(text) && !text.startsWith('@'))
    return [...parts, `--data-binary ${quote(text)}`].join(' ');
  return `echo ${body.toString('base64')} | base64 -d | ${parts.join(' ')} --data-binary @-`;
}
