import type { Field, FieldType } from '../descriptor/field-schema.ts';
import { literal } from '../engine/sql-text.ts';
import { nearestOf } from '../nearest-value.ts';
import type { CellRule } from './types/cell-rule.ts';
import { comparable, rulesOf } from './types/type-rules.ts';

/** Compared by what the text says, not by its letters. */
const ORDERED = new Set<FieldType>([
  'integer',
  'number',
  'date',
  'time',
  'datetime',
  'year',
  'yearmonth',
  'string',
]);
const COUNTED = new Set<FieldType>(['array', 'list', 'object']);

function bounds({ constraints = {} }: Field) {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = constraints;
  return [
    { rule: 'minimum', limit: minimum, sign: '<', message: 'is less than' },
    { rule: 'maximum', limit: maximum, sign: '>', message: 'is more than' },
    { rule: 'exclusiveMinimum', limit: exclusiveMinimum, sign: '<=', message: 'is not more than' },
    { rule: 'exclusiveMaximum', limit: exclusiveMaximum, sign: '>=', message: 'is not less than' },
  ] as const;
}

/** A literal of the constraint as the cells of the type are compared. */
function comparableLiteral(field: Field, type: FieldType, value: string | number | boolean): string {
  // bounds are written as JSON and Table Schema write them, whatever the cells look like
  const plain = { ...field, decimalChar: '.', groupChar: undefined, format: 'default' };
  return comparable(typeof value === 'number' ? plain : field, type, literal(String(value)));
}

function boundRules(field: Field, type: FieldType): CellRule[] {
  if (!ORDERED.has(type)) return [];
  return bounds(field).flatMap(({ rule, limit, sign, message }) =>
    limit === undefined
      ? []
      : [
          {
            rule,
            violated: (cell: string) =>
              `${comparable(field, type, cell)} ${sign} ${comparableLiteral(field, type, limit)}`,
            message: `${message} ${limit}`,
          },
        ],
  );
}

/** SQL of a value's length: characters of text, items of an array, list or object. */
function lengthOf(field: Field, type: FieldType, cell: string): string {
  if (type === 'list') return `len(string_split(${cell}, ${literal(field.delimiter)}))`;
  if (!COUNTED.has(type)) return `length(${cell})`;
  const keys = type === 'object' ? `len(json_keys(${cell}))` : `json_array_length(${cell})`;
  return `CASE WHEN json_valid(${cell}) THEN ${keys} END`;
}

function lengthRules(field: Field, type: FieldType): CellRule[] {
  const { minLength, maxLength } = field.constraints ?? {};
  const unit = COUNTED.has(type) ? 'items' : 'characters';
  const rules: CellRule[] = [];
  if (minLength !== undefined) {
    rules.push({
      rule: 'minLength',
      violated: (cell) => `${lengthOf(field, type, cell)} < ${minLength}`,
      message: `has fewer than ${minLength} ${unit}`,
    });
  }
  if (maxLength !== undefined) {
    rules.push({
      rule: 'maxLength',
      violated: (cell) => `${lengthOf(field, type, cell)} > ${maxLength}`,
      message: `has more than ${maxLength} ${unit}`,
    });
  }
  return rules;
}

/** The rules of a field's `constraints` for filled cells. `required` and `unique` are looked at elsewhere. */
export function constraintRules(field: Field, type: FieldType): CellRule[] {
  const { pattern, enum: allowed } = field.constraints ?? {};
  const rules = [...boundRules(field, type), ...lengthRules(field, type)];
  if (pattern !== undefined) {
    rules.push({
      rule: 'pattern',
      // RE2: linear in the length of the cell, whatever the pattern
      violated: (cell) => `NOT regexp_full_match(${cell}, ${literal(pattern)})`,
      message: `does not match the pattern ${pattern}`,
    });
  }
  if (allowed !== undefined) {
    const values = allowed.map((value) => comparableLiteral(field, type, value));
    const texts = allowed.map(String);
    rules.push({
      rule: 'enum',
      violated: (cell) => `coalesce(${comparable(field, type, cell)} NOT IN (${values.join(', ')}), false)`,
      message: 'is not one of the allowed values',
      suggestion: (value) => nearestOf(value, texts),
    });
  }
  return rules;
}

/** What a field's declaration asks of the engine: the statements that tell whether it can be held at all. */
export function declarationProbes(
  field: Field,
  type: FieldType,
): { readonly what: string; readonly sql: string }[] {
  const { pattern } = field.constraints ?? {};
  const invalid = rulesOf(type).invalid?.(field);
  const ordered = ORDERED.has(type) ? bounds(field) : [];
  return [
    ...(pattern === undefined
      ? []
      : [{ what: 'constraints/pattern', sql: `regexp_full_match('', ${literal(pattern)})` }]),
    ...(invalid === undefined ? [] : [{ what: 'format', sql: `(${invalid("'x'")}) IS NOT NULL` }]),
    ...ordered.flatMap(({ rule, limit }) =>
      limit === undefined
        ? []
        : [{ what: `constraints/${rule}`, sql: `${comparableLiteral(field, type, limit)} IS NOT NULL` }],
    ),
  ];
}

/** Constraints of this field that are declared and not held: whoever relies on them must know. */
export function uncheckedConstraints(field: Field, type: FieldType): string[] {
  const held = ['required', 'unique', 'enum', 'pattern', 'minLength', 'maxLength'];
  const bounded = bounds(field).map(({ rule }) => rule as string);
  return Object.keys(field.constraints ?? {}).filter(
    (name) => !held.includes(name) && !(ORDERED.has(type) && bounded.includes(name)),
  );
}
