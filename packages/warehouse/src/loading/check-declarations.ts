import type { LoadProblem } from '@flyloft/common';
import { EngineError, type EngineSession } from '../engine/sandbox.ts';
import { LoadFailure } from '../load-failure.ts';
import { declarationProbes } from './constraint-rules.ts';
import type { TypedField } from './infer-types.ts';

const ADVICE: Readonly<Record<string, string>> = {
  'constraints/pattern': 'is no regular expression that can be held: look-around and back references are not',
  format: 'is no strptime pattern such as %d/%m/%Y',
};

/** A format that says nothing to strptime would take one text for every date. */
function isStrangeFormat({ field, type }: TypedField): boolean {
  const timed = type === 'date' || type === 'time' || type === 'datetime';
  return timed && field.format !== 'default' && field.format !== 'any' && !field.format.includes('%');
}

async function holds(session: EngineSession, sql: string): Promise<boolean> {
  try {
    const [row = []] = await session.rows(`SELECT ${sql}`);
    return row[0] !== false || !sql.includes('IS NOT NULL');
  } catch (error) {
    if (error instanceof EngineError && error.kind === 'failed') return false;
    throw error;
  }
}

/**
 * Finds declarations that the engine cannot hold before any cell is read: patterns, formats, bounds.
 * @throws {LoadFailure} `descriptor_invalid`, each with its place in the schema.
 */
export async function checkDeclarations(
  session: EngineSession,
  resource: string,
  typed: readonly TypedField[],
): Promise<void> {
  const problems: LoadProblem[] = [];
  for (const [index, column] of typed.entries()) {
    const { field, type } = column;
    const wrong = isStrangeFormat(column) ? ['format'] : [];
    for (const { what, sql } of declarationProbes(field, type)) {
      if (!wrong.includes(what) && !(await holds(session, sql))) wrong.push(what);
    }
    problems.push(
      ...wrong.map((what) => ({
        resource,
        column: field.name,
        rule: 'descriptor',
        message: `schema/fields/${index}/${what}: ${ADVICE[what] ?? `is no ${type}`}`,
      })),
    );
  }
  const [first] = problems;
  if (first === undefined) return;
  throw new LoadFailure(
    'descriptor_invalid',
    `The schema of "${resource}" cannot be used: the field "${first.column}": ${first.message}.`,
    problems,
  );
}
