import { z } from 'zod';

/** A parsing function as a schema: what it throws becomes the variable's problem. */
export function parsed<T>(parse: (text: string) => T) {
  return z.string().transform((text, context) => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
}

/** The bare origin: it is the issuer of every token, compared letter by letter. */
export function bareOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new Error('must be an http(s) address');
  if (url.origin !== text) throw new Error(`must be a bare origin, such as ${url.origin}`);
  return text;
}

/** The parts of a list such as `a;b;c`; spaces and empty parts count for nothing. */
export function listOf(text: string): string[] {
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
