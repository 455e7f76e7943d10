import { type Field, fieldSchema, type TableSchema } from '../descriptor/field-schema.ts';
import { LoadFailure, type LoadProblem } from '../load-failure.ts';

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
  problems: readonly Pick<LoadProblem, 'column' | 'rule' | 'message'>[],
): never {
  const named = problems.map((problem) => ({ ...problem, resource, line: 1 }));
  const first = named[0];
  throw new LoadFailure(
    'data_invalid',
    `The header of "${resource}" does not fit: ${first?.message}.`,
    named,
  );
}

/** Finds each declared field's column by its trimmed name, in any order (packages.md A6). */
export function matchFields(resource: string, schema: TableSchema, header: readonly string[]): MatchedFields {
  const match = schema.fieldsMatch;
  const problems = [...new Set(header.filter((name, index) => header.indexOf(name) !== index))]
    .filter((name) => schema.fields.some((field) => field.name.trim() === name))
    .map((name) => ({ column: name, rule: 'header', message: `the column "${name}" is there twice` }));
  const fields = schema.fields.map((field) => {
    const index = header.indexOf(field.name.trim());
    if (index === -1 && !MAY_LACK_COLUMNS.has(match)) {
      const message = `the declared column "${field.name.trim()}" is missing`;
      problems.push({ column: field.name.trim(), rule: 'missing-column', message });
    }
    return { field, index: index === -1 ? undefined : index };
  });
  const declared = new Set(schema.fields.map((field) => field.name.trim()));
  const extra = header.filter((name) => !declared.has(name));
  if (!MAY_HAVE_MORE.has(match) && schema.fieldsMatch !== 'subset') {
    problems.push(
      ...extra.map((name) => ({ column: name, rule: 'extra-column', message: `"${name}" is not declared` })),
    );
  }
  if (problems.length > 0) fail(resource, problems);
  const leftOut = extra.map(
    (name) => `The column "${name}" of "${resource}" is not declared and was left out.`,
  );
  return { fields, warnings: [...leftOut, ...uncheckedRules(resource, schema)] };
}

/** Rules that are declared and not held: whoever relies on them must know. */
function uncheckedRules(resource: string, { fields, primaryKey = [] }: TableSchema): string[] {
  const unique = fields.filter(({ constraints }) => constraints?.unique === true).map(({ name }) => name);
  const keys = [...new Set([...unique, ...[primaryKey].flat()])].map((name) => `"${name.trim()}"`);
  if (keys.length === 0) return [];
  return [`Whether the values of ${keys.join(', ')} in "${resource}" are unique was not checked.`];
}

/** A schema for a resource that declares none: every column, each type found from the whole file. */
export function undeclaredSchema(header: readonly string[]): TableSchema {
  return {
    fields: header.map((name, index) =>
      fieldSchema.parse({ name: name === '' ? `column ${index + 1}` : name }),
    ),
    missingValues: [''],
    fieldsMatch: 'subset',
  };
}
