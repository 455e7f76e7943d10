import { parse } from 'lossless-json';
import { LoadFailure } from '../load-failure.ts';
import { columnTypeProblems, withColumnTypes } from './column-types.ts';
import { type PackageDescriptor, packageSchema } from './package-schema.ts';
import { issueProblems, issueText, withoutInvalid } from './schema-issues.ts';
import { type PointedProblem, referenceProblems } from './validate-references.ts';

function fail(problems: readonly PointedProblem[]): never {
  const first = problems[0];
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new LoadFailure(
    'descriptor_invalid',
    `The descriptor is not valid: ${first?.pointer || 'it'}${first?.pointer ? ':' : ''} ${first?.message}${more}.`,
    problems.map(({ pointer: place, message }) => ({
      rule: 'descriptor',
      message: `${place || '/'}: ${message}`,
    })),
  );
}

/** Where a text stops being JSON, as line and column; JSON.parse often does not tell. */
function syntaxProblem(text: string): string {
  try {
    parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const [, what = reason, position] = /^(.*) at position (\d+)$/s.exec(reason) ?? [];
    const lines = text.slice(0, Number(position ?? 0)).split('\n');
    return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: ${what}`;
  }
  return 'it cannot be read';
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const message = text.trim() === '' ? 'it is empty' : syntaxProblem(text);
    throw new LoadFailure('descriptor_invalid', `The descriptor is not valid JSON: ${message}.`, [
      { rule: 'json', message },
    ]);
  }
}

/** What no shape can say. */
function otherProblems(descriptor: PackageDescriptor): PointedProblem[] {
  return [...referenceProblems(descriptor), ...columnTypeProblems(descriptor)];
}

/**
 * Reads a descriptor's text.
 * @throws {LoadFailure} `descriptor_invalid` with every problem and its JSON pointer.
 */
export function parseDescriptor(text: string): PackageDescriptor {
  const json = readJson(text.replace(/^\uFEFF/, ''));
  const result = packageSchema.safeParse(json, { error: issueText });
  if (!result.success) {
    const { issues } = result.error;
    const rest = packageSchema.safeParse(withoutInvalid(json, issues));
    fail([...issueProblems(issues), ...(rest.success ? otherProblems(rest.data) : [])]);
  }
  const problems = otherProblems(result.data);
  if (problems.length > 0) fail(problems);
  return withColumnTypes(result.data);
}
