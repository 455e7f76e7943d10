import type { z } from 'zod';
import { LoadFailure } from '../load-failure.ts';
import { columnTypeProblems, withColumnTypes } from './column-types.ts';
import { type PackageDescriptor, packageSchema } from './package-schema.ts';
import { type PointedProblem, pointer, referenceProblems } from './validate-references.ts';

/** The issues of a union's only fitting branch, else the issue itself: "Invalid input" helps nobody. */
function flatten(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] {
  if (issue.code !== 'invalid_union') return [{ path: [...issue.path], message: issue.message }];
  const branches = issue.errors.map((errors) => errors.flatMap(flatten));
  const deepest = branches.toSorted((a, b) => depth(b) - depth(a))[0];
  if (deepest === undefined || depth(deepest) === 0)
    return [{ path: [...issue.path], message: issue.message }];
  return deepest.map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
}

function depth(issues: readonly { path: readonly PropertyKey[] }[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

function fail(problems: readonly PointedProblem[]): never {
  const first = problems[0];
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new LoadFailure(
    'descriptor_invalid',
    `The descriptor is not valid: ${first?.pointer || 'it'}: ${first?.message}${more}.`,
    problems.map(({ pointer: place, message }) => ({
      rule: 'descriptor',
      message: `${place || '/'}: ${message}`,
    })),
  );
}

/**
 * Reads a descriptor's text.
 * @throws {LoadFailure} `descriptor_invalid` with every problem and its JSON pointer.
 */
export function parseDescriptor(text: string): PackageDescriptor {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LoadFailure('descriptor_invalid', `The descriptor is not valid JSON: ${reason}.`, [
      { rule: 'json', message: reason },
    ]);
  }
  const result = packageSchema.safeParse(json);
  if (!result.success) {
    fail(
      result.error.issues
        .flatMap(flatten)
        .map(({ path, message }) => ({ pointer: pointer(...path), message })),
    );
  }
  const problems = [...referenceProblems(result.data), ...columnTypeProblems(result.data)];
  if (problems.length > 0) fail(problems);
  return withColumnTypes(result.data);
}
