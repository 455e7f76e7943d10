import type { z } from 'zod';
import { nearest } from '../nearest-value.ts';
import { type PointedProblem, pointer } from './validate-references.ts';

/** What zod calls the kinds of JSON values, in words. */
const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return KINDS[Array.isArray(value) ? 'array' : typeof value] ?? 'something else';
}

const quoted = (values: readonly unknown[]) => values.map((value) => JSON.stringify(value)).join(', ');

function oneOf(value: unknown, allowed: readonly unknown[]): string {
  const texts = allowed.filter((one) => typeof one === 'string');
  const near = typeof value === 'string' ? nearest(value, texts) : undefined;
  return near === undefined
    ? `must be one of ${quoted(allowed)}, and is ${JSON.stringify(value)}`
    : `is ${JSON.stringify(value)}; did you mean "${near}"?`;
}

/**
 * What is wrong, for people who write descriptors and know nothing of zod; undefined leaves zod's own
 * words. Texts of single schemas go before these.
 */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  const { input } = issue;
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = KINDS[issue.expected] ?? issue.expected;
      return input === undefined
        ? `is missing, and must be ${wanted}`
        : `must be ${wanted}, and is ${kindOf(input)}`;
    }
    case 'invalid_value':
      return oneOf(input, issue.values);
    case 'unrecognized_keys':
      return `has ${quoted(issue.keys)}, which is not known here`;
    case 'too_small':
      return typeof input === 'number' ? `must be ${issue.minimum} or more` : 'must not be empty';
    case 'invalid_union':
      return `cannot be ${kindOf(input)} of this form`;
    default:
      return undefined;
  }
}

interface Found {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function depth(issues: readonly Found[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}

/** The issues of a union's only fitting branch, else the issue itself. */
function flatten(issue: z.core.$ZodIssue): Found[] {
  const itself = { path: issue.path, message: issue.message };
  if (issue.code !== 'invalid_union') return [itself];
  const branches = issue.errors.map((errors) => errors.flatMap(flatten));
  const deepest = branches.toSorted((a, b) => depth(b) - depth(a))[0];
  if (deepest === undefined || depth(deepest) === 0) return [itself];
  return deepest.map(({ path, message }) => ({ path: [...issue.path, ...path], message }));
}

/** The issues of a descriptor's schema as problems with their pointers. */
export function issueProblems(issues: readonly z.core.$ZodIssue[]): PointedProblem[] {
  return issues.flatMap(flatten).map(({ path, message }) => ({ pointer: pointer(...path), message }));
}

/**
 * The same without the members that a schema refuses: what else is wrong with a descriptor can be seen
 * where it stands without them, as it does without a currency that is misspelt.
 */
export function withoutInvalid(json: unknown, issues: readonly z.core.$ZodIssue[]): unknown {
  const copy: unknown = structuredClone(json);
  for (const { path } of issues) {
    let parent: unknown = copy;
    for (const part of path.slice(0, -1)) parent = memberOf(parent, part);
    const key = path.at(-1);
    // the others of a list keep their places
    if (typeof parent === 'object' && parent !== null && !Array.isArray(parent) && key !== undefined) {
      Reflect.deleteProperty(parent, key);
    }
  }
  return copy;
}

function memberOf(parent: unknown, key: PropertyKey): unknown {
  return typeof parent === 'object' && parent !== null && Object.hasOwn(parent, key)
    ? Reflect.get(parent, key)
    : undefined;
}
