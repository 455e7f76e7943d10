import type { Field } from '../../descriptor/field-schema.ts';
import { literal } from '../../engine/sql-text.ts';
import { escaped, matches, type TypeRules } from './cell-rule.ts';

const EXPONENT = '([eE][+-]?[0-9]{1,3})?';
const INTEGER = '[+-]?[0-9]+';
const NUMBER = `[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)${EXPONENT}`;

const groupOf = ({ groupChar }: Field) => (groupChar === '' ? undefined : groupChar);

/** Without what surrounds a number, such as a currency or "%". Brackets stay: `(5)` may mean minus five. */
function bare(field: Field, cell: string): string {
  if (field.bareNumber) return cell;
  const leading = `regexp_replace(${cell}, '^([+-]?)[^0-9+.,()-]+([+-]?)', '\\1\\2')`;
  return `regexp_replace(${leading}, '[^0-9.,()]+$', '')`;
}

/** A number's text with the declared group and decimal characters brought to DuckDB's spelling. */
export function plainNumber(field: Field, cell: string): string {
  let text = bare(field, cell);
  const group = groupOf(field);
  if (group !== undefined) text = `replace(${text}, ${literal(group)}, '')`;
  // A point that is not the decimal character must not become one: `!` is in no number.
  return field.decimalChar === '.' ? text : `translate(${text}, ${literal(`${field.decimalChar}.`)}, '.!')`;
}

/** Whole groups only: with "." for groups, `1.5` is a mistake and not fifteen. */
function groupedWrongly(field: Field, cell: string): string {
  const group = groupOf(field);
  if (group === undefined) return '';
  const [groupText, decimal] = [escaped(group), escaped(field.decimalChar)];
  const digits = `([0-9]*|[0-9]{1,3}(${groupText}[0-9]{2,3})*${groupText}[0-9]{3})`;
  const fraction = group === field.decimalChar ? '' : `(${decimal}[0-9]*)?`;
  return ` OR NOT ${matches(bare(field, cell), `[+-]?${digits}${fraction}${EXPONENT}`)}`;
}

/** What groups of three digits are written with, and the sign before what follows them. */
const GROUPED = /^[+-]?\d{1,3}(?:([.,' \u00A0\u202F])\d{3})(?:\1\d{3})*(?:([.,])\d+)?$/;

function suggestGroups(value: string): string | undefined {
  const [, group, decimal = group === '.' ? ',' : '.'] = GROUPED.exec(value) ?? [];
  if (group === undefined || group === decimal) return undefined;
  const also = decimal === '.' ? '' : `, "decimalChar": "${decimal}"`;
  return `declare "groupChar": "${group}"${also}`;
}

function suggest(field: Field, example: string) {
  return (value: string): string => {
    if (/^(nan|[+-]?inf)$/i.test(value))
      return `such a value cannot be stored exactly: list "${value}" under "missingValues"`;
    if (value !== value.trim()) return 'remove the spaces around the number';
    if (/^\(.*\)$/.test(value)) return 'write a negative number with a minus sign';
    if (field.bareNumber && /[%€$£¥]|[A-Z]{3}/.test(value))
      return 'declare "bareNumber": false to allow currencies and percent signs';
    const groups = suggestGroups(value);
    if (groups !== undefined) return groups;
    if (/^[+-]?\d+,\d+$/.test(value)) return 'declare "decimalChar": ","';
    return `write ${example}`;
  };
}

export const integer: TypeRules = {
  sqlType: 'BIGINT',
  columnType: 'integer',
  invalid: (field) => (cell) =>
    `(NOT ${matches(plainNumber(field, cell), INTEGER)}${groupedWrongly(field, cell)})`,
  suggestion: (field) => {
    const other = suggest(field, 'digits only, such as 1200');
    return (value) =>
      /^[+-]?\d+[.]\d+$/.test(value) ? 'declare the type "number" for values with fractions' : other(value);
  },
  value: plainNumber,
  comparable: (field, cell) => `TRY_CAST(${plainNumber(field, cell)} AS DECIMAL(38, 0))`,
};

export const number: TypeRules = {
  sqlType: 'DECIMAL',
  columnType: 'number',
  invalid: (field) => (cell) =>
    `(NOT ${matches(plainNumber(field, cell), NUMBER)}${groupedWrongly(field, cell)})`,
  suggestion: (field) => suggest(field, `a number such as 1200${field.decimalChar}50`),
  value: plainNumber,
  comparable: (field, cell) => `TRY_CAST(${plainNumber(field, cell)} AS DECIMAL(38, 12))`,
};

export const year: TypeRules = {
  sqlType: 'INTEGER',
  columnType: 'integer',
  invalid: () => (cell) => `NOT ${matches(cell, '[+-]?[0-9]{1,6}')}`,
  suggestion: () => () => 'write a year such as 2014',
  value: (_field, cell) => `TRY_CAST(${cell} AS INTEGER)`,
};
