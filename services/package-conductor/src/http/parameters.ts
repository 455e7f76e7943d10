import { problem } from '@flyloft/common';
import type { Request } from 'express';

const MAX_LENGTH = 2_048;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f]/;

function firstText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  return typeof first === 'string' && first !== '' ? first : undefined;
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, name)
    ? // just checked
      (body as Record<string, unknown>)[name]
    : undefined;
}

/**
 * A parameter of the query string or of a form, in this order (packages.md 1.0); empty is absent.
 * @throws {ProblemError} 400 when it is longer than 2,048 characters or has control characters.
 */
export function parameterOf(req: Request, name: string): string | undefined {
  const value = firstText(req.query[name]) ?? firstText(fieldOf(req.body, name));
  if (value === undefined) return undefined;
  if (value.length > MAX_LENGTH || CONTROL_CHARACTERS.test(value)) {
    throw problem('invalid_parameter', `${name} is too long or contains control characters`);
  }
  return value;
}

/** @throws {ProblemError} 400 naming the parameter that is missing. */
export function requiredParameter(req: Request, name: string): string {
  const value = parameterOf(req, name);
  if (value === undefined) throw problem('invalid_parameter', `The parameter "${name}" is missing`);
  return value;
}

/** True for a text that PostgreSQL can keep: no null character, no half of a surrogate pair. */
export function isStorableText(text: string): boolean {
  // half a pair becomes U+FFFD on the way
  return Buffer.from(text).toString() === text && !text.includes('\0');
}
