import { type ProblemDetail, problem } from '@flyloft/common';
import type { z } from 'zod';

function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function details(error: z.ZodError, where: 'body' | 'parameters'): ProblemDetail[] {
  return error.issues.map((issue) =>
    where === 'body'
      ? { pointer: pointer(issue.path), detail: issue.message }
      : { parameter: issue.path.map(String).join('.'), detail: issue.message },
  );
}

/**
 * Parses a body or parameters with a zod schema.
 * @throws {ProblemError} 400 `invalid_parameter` with one entry for each thing that is wrong.
 */
export function validate<T extends z.ZodType>(
  schema: T,
  value: unknown,
  where: 'body' | 'parameters',
): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = details(result.error, where);
  const first = errors[0];
  const name = first?.pointer ?? first?.parameter ?? '';
  throw problem('invalid_parameter', `${name === '' ? where : name}: ${first?.detail ?? ''}`, {
    errors,
  });
}
