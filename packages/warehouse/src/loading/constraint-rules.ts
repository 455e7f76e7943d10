import type { Field, FieldType } from '../descriptor/field-schema.ts';
import { literal } from '../engine/sql-text.ts';
import { type CellRule, cellValue, plainNumber } from './column-rules.ts';

/** SQL that compares as the type does: numbers by value, dates by time, text by code point. */
function comparable(field: Field, type: FieldType, cell: string): string {
  const numeric = type === 'integer' || type === 'number' || type === 'year';
  return numeric ? `TRY_CAST(${plainNumber(field, cell)} AS DECIMAL(38, 10))` : cellValue(field, type, cell);
}

function bound(field: Field, type: FieldType, value: string | number, sign: '<' | '>'): CellRule {
  const least = sign === '<';
  const limit = comparable(field, type, literal(String(value)));
  return {
    rule: least ? 'minimum' : 'maximum',
    violated: (cell) => `${comparable(field, type, cell)} ${sign} ${limit}`,
    message: `is ${least ? 'less' : 'more'} than ${value}`,
  };
}

/** The rules of a field's `constraints` for filled cells. `required` is the examination's own matter. */
export function constraintRules(field: Field, type: FieldType): CellRule[] {
  const { minimum, maximum, minLength, maxLength, pattern, enum: allowed } = field.constraints ?? {};
  const rules: CellRule[] = [];
  if (minimum !== undefined) rules.push(bound(field, type, minimum, '<'));
  if (maximum !== undefined) rules.push(bound(field, type, maximum, '>'));
  if (minLength !== undefined) {
    rules.push({
      rule: 'minLength',
      violated: (cell) => `length(${cell}) < ${minLength}`,
      message: `is shorter than ${minLength} characters`,
    });
  }
  if (maxLength !== undefined) {
    rules.push({
      rule: 'maxLength',
      violated: (cell) => `length(${cell}) > ${maxLength}`,
      message: `is longer than ${maxLength} characters`,
    });
  }
  if (pattern !== undefined) {
    rules.push({
      rule: 'pattern',
      violated: (cell) => `NOT regexp_full_match(${cell}, ${literal(pattern)})`,
      message: `does not match the pattern ${pattern}`,
    });
  }
  if (allowed !== undefined) {
    rules.push({
      rule: 'enum',
      violated: (cell) => `${cell} NOT IN (${allowed.map((value) => literal(String(value))).join(', ')})`,
      message: 'is not one of the allowed values',
      suggestion: `write one of ${allowed.slice(0, 10).join(', ')}`,
    });
  }
  return rules;
}
