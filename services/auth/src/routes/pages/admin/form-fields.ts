import { ProblemError, problem } from '@flyloft/common';
import { validate } from '@flyloft/service-kit';
import type { Request } from 'express';
import { z } from 'zod';
import { pageParameters } from '../../paging.ts';
import { fieldOf } from '../browser.ts';

/** Fields of a form by name; what is empty is left out. */
export function fieldsOf(req: Request, names: readonly string[]): Record<string, string> {
  const given = names.map((name): [string, string] => [name, fieldOf(req, name).trim()]);
  return Object.fromEntries(given.filter(([, value]) => value !== ''));
}

/**
 * What an endpoint of the API takes as its body, from a form.
 * @throws {ProblemError} 400 that names every field which is not right.
 */
export function bodyOf<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  try {
    return validate(schema, value, 'body');
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const faults = error.errors.map(
      ({ pointer = '', detail }) => `${pointer.slice(1).replaceAll(/[_/]/g, ' ')}: ${detail}`,
    );
    throw problem('invalid_parameter', `This is not right: ${faults.join('; ')}`, { cause: error });
  }
}

/** Boxes that were ticked, of those named `<prefix><value>`. */
export function tickedOf(req: Request, prefix: string): string[] {
  const form: unknown = req.body;
  const names = typeof form === 'object' && form !== null ? Object.keys(form) : [];
  return names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
}

/** Lines of a text, without the empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** @throws {ProblemError} 400 unless the name was typed: deleting is never a slip of the hand. */
export function requireTyped(req: Request, name: string): void {
  if (fieldOf(req, 'typed').trim() !== name) {
    throw problem('invalid_parameter', `Nothing was deleted: type ${name} to confirm`);
  }
}

const pageSchema = z.object({ page: pageParameters.page });
const PER_PAGE = 20;

/** Which page of a list; what is no number is the first. */
export function pageOf(req: Request): { page: number; per_page: number } {
  const read = pageSchema.safeParse(req.query);
  return { page: read.success ? read.data.page : 1, per_page: PER_PAGE };
}

/** A parameter of the address that filters; empty counts as none. */
export function filterOf(req: Request, name: string, longest = 200): string | undefined {
  const value = req.query[name];
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const text = value.trim();
  if (text.length > longest || !text.isWellFormed() || text.includes('\0')) {
    throw problem('invalid_parameter', `The parameter "${name}" cannot be read`);
  }
  return text;
}
