import type { LoadProblem } from '@flyloft/common';
import { type Field, type TableSchema, tableSchema } from '../descriptor/field-schema.ts';
import { LoadFailure } from '../load-failure.ts';
import { delimiterSuggestion, likelyDelimiter, missingColumnSuggestion } from './header-hints.ts';

/** A declared field and where its cells are; no index when the file lacks the column and may. */
export interface MatchedField {
  readonly field: Field;
  readonly index: number | undefined;
}

export interface MatchedFields {
  readonly fields: readonly MatchedField[];
  readonly warnings: readonly string[];
}

const MAY_LACK_COLUMNS = new Set(['superset', 'partial']);
const MAY_HAVE_MORE = new Set(['subset', 'partial']);

function fail(
  resource: string,
  problems: readonly Pick<LoadProblem, 'column' | 'rule' | 'message' | 'suggestion'>[],
): never {
  const named = problems.map((problem) => ({ ...problem, resource, line: 1 }));
  const first = named[0];
  throw new LoadFailure(
    'data_invalid',
    `The header of "${resource}" does not fit: ${first?.message}.`,
    named,
  );
}

const folded = (name: string) => name.toLowerCase().normalize('NFC');

/** The header in the declared spelling where the two differ in the case of letters alone, and only once. */
function inDeclaredCase(schema: TableSchema, header: readonly string[]): string[] {
  const declared = schema.fields.map(({ name }) => name.trim());
  return header.map((name) => {
    if (declared.includes(name)) return name;
    const same = declared.filter((other) => folded(other) === folded(name) && !header.includes(other));
    const alike = header.filter((other) => folded(other) === folded(name));
    return same.length === 1 && alike.length === 1 ? (same[0] ?? name) : name;
  });
}

/**
 * Finds each declared field's column by its trimmed name, in any order (packages.md A6). Upper and lower
 * case are the same unless the dialect says otherwise (`caseSensitiveHeader`).
 */
export function matchFields(
  resource: string,
  schema: TableSchema,
  cells: readonly string[],
  { caseSensitiveHeader = false } = {},
): MatchedFields {
  const match = schema.fieldsMatch;
  const header = caseSensitiveHeader ? cells : inDeclaredCase(schema, cells);
  const declared = new Set(schema.fields.map((field) => field.name.trim()));
  const extra = header.filter((name) => !declared.has(name));
  const problems = [...new Set(header.filter((name, index) => header.indexOf(name) !== index))]
    .filter((name) => schema.fields.some((field) => field.name.trim() === name))
    .map((name) => ({
      column: name,
      rule: 'header',
      message: `the column "${name}" is there twice`,
      suggestion: 'rename one of the two',
    }));
  // Of a table that may lack columns, some must still be there.
  const mayLack = MAY_LACK_COLUMNS.has(match) && extra.length < header.length;
  const fields = schema.fields.map((field) => {
    const index = header.indexOf(field.name.trim());
    if (index === -1 && !mayLack) {
      const column = field.name.trim();
      const message = `the declared column "${column}" is missing`;
      const suggestion = missingColumnSuggestion(column, cells, extra);
      problems.push({ column, rule: 'missing-column', message, suggestion });
    }
    return { field, index: index === -1 ? undefined : index };
  });
  if (!MAY_HAVE_MORE.has(match) && schema.fieldsMatch !== 'subset') {
    problems.push(
      ...extra.map((name) => ({
        column: name,
        rule: 'extra-column',
        message: `"${name}" is not declared`,
        suggestion: 'declare it in the schema, or take it out of the file',
      })),
    );
  }
  if (problems.length > 0) fail(resource, problems);
  const leftOut = extra.map(
    (name) => `The column "${name}" of "${resource}" is not declared and was left out.`,
  );
  return { fields, warnings: leftOut };
}

/**
 * A schema for a resource that declares none: every column, each type found from the whole file.
 * @param isDelimited Whether a delimiter parts the columns, which may be another than the one assumed.
 * @throws {LoadFailure} `data_invalid` for one column that is many by another delimiter.
 */
export function undeclaredSchema(
  resource: string,
  header: readonly string[],
  isDelimited: boolean,
): TableSchema {
  const delimiter = isDelimited ? likelyDelimiter(header) : undefined;
  if (delimiter !== undefined) {
    const message = `it is one column, "${header[0]}"`;
    const suggestion = `${delimiterSuggestion(delimiter)}, or the column in a "schema"`;
    fail(resource, [{ rule: 'header', message, suggestion }]);
  }
  const names = header.map((name, index) => (name === '' ? `column ${index + 1}` : name));
  return tableSchema.parse({ fields: [...new Set(names)].map((name) => ({ name })) });
}
