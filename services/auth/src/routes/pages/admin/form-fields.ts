import { problem } from '@flyloft/common';
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
  const read = schema.safeParse(value, { error: inPlainWords });
  if (read.success) return read.data;
  const faults = read.error.issues.map(({ path, message }) => `${nameOf(path)}: ${message}`);
  throw problem('invalid_parameter', `This is not right: ${faults.join('; ')}`, { cause: read.error });
}

/** A field as people see it: its name, and of several lines which one. */
function nameOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => (typeof part === 'number' ? `line ${part + 1}` : String(part)));
  return parts.join(', ').replaceAll('_', ' ');
}

/** What is wrong with a field, for those who do not write programs; undefined: as the schema says it. */
const inPlainWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type' && issue.input === undefined) return 'is missing';
  if (issue.code === 'too_small' && issue.origin === 'string') {
    return issue.minimum === 1 ? 'is missing' : `needs ${issue.minimum} characters or more`;
  }
  if (issue.code === 'too_big' && issue.origin === 'string')
    return `has more than ${issue.maximum} characters`;
  if (issue.code !== 'invalid_format') return undefined;
  if (issue.format === 'email') return 'is no e-mail address';
  return issue.format === 'url' ? 'is no address: https://… in full' : undefined;
};

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
