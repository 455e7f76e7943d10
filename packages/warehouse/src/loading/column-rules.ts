import type { Field, FieldType } from '../descriptor/field-schema.ts';
import { literal } from '../engine/sql-text.ts';

/** A condition that a cell of text must not fulfil, as SQL over `cell`, never null for a filled cell. */
export interface CellRule {
  readonly rule: string;
  readonly violated: (cell: string) => string;
  readonly message: string;
  readonly suggestion?: string;
}

const INTEGER = '[+-]?[0-9]+';
const NUMBER = '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?';
const DATE_TIME = '[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?Z?';

/** A number's text with the declared group and decimal characters brought to DuckDB's spelling. */
export function plainNumber(field: Field, cell: string): string {
  let text = cell;
  if (!field.bareNumber) text = `regexp_replace(${text}, '^[^0-9+.,-]+|[^0-9.,]+$', '', 'g')`;
  if (field.groupChar !== undefined && field.groupChar !== '') {
    text = `replace(${text}, ${literal(field.groupChar)}, '')`;
  }
  return field.decimalChar === '.' ? text : `replace(${text}, ${literal(field.decimalChar)}, '.')`;
}

/** The strptime format of a date or time field; undefined for a date and time by ISO 8601. */
function timeFormat(field: Field, type: FieldType): string | undefined {
  if (field.format !== 'default') return field.format.replace(/^fmt:/, '');
  return type === 'date' ? '%Y-%m-%d' : undefined;
}

const list = (values: readonly string[]) => values.map(literal).join(', ');

/** The value of a valid cell, as SQL; numbers are converted by the plan, which knows their digits. */
export function cellValue(field: Field, type: FieldType, cell: string): string {
  const format = timeFormat(field, type);
  switch (type) {
    case 'boolean':
      return `CASE WHEN ${cell} IS NULL THEN NULL ELSE ${cell} IN (${list(field.trueValues)}) END`;
    case 'date':
      return `CAST(try_strptime(${cell}, ${literal(format ?? '')}) AS DATE)`;
    case 'datetime':
      return format === undefined
        ? `TRY_CAST(rtrim(${cell}, 'Z') AS TIMESTAMP)`
        : `try_strptime(${cell}, ${literal(format)})`;
    case 'year':
      return `TRY_CAST(${cell} AS INTEGER)`;
    default:
      return cell;
  }
}

function matches(cell: string, expression: string): string {
  return `regexp_full_match(${cell}, ${literal(expression)})`;
}

/** The rule that makes a cell a value of its type; text is always valid. */
export function typeRule(field: Field, type: FieldType): CellRule | undefined {
  const rule = (violated: CellRule['violated'], suggestion: string): CellRule => ({
    rule: type,
    violated,
    message: `is not a valid ${type}`,
    suggestion,
  });
  switch (type) {
    case 'integer':
      return rule(
        (cell) => `NOT ${matches(plainNumber(field, cell), INTEGER)}`,
        'write digits only, such as 1200',
      );
    case 'number':
      return rule(
        (cell) => `NOT ${matches(plainNumber(field, cell), NUMBER)}`,
        `write a number such as 1200${field.decimalChar}50, or declare "groupChar" and "decimalChar"`,
      );
    case 'boolean':
      return rule(
        (cell) => `${cell} NOT IN (${list([...field.trueValues, ...field.falseValues])})`,
        `write one of ${[...field.trueValues, ...field.falseValues].join(', ')}`,
      );
    case 'year':
      return rule((cell) => `NOT ${matches(cell, '[+-]?[0-9]{1,6}')}`, 'write a year such as 2014');
    case 'date':
      return rule(
        (cell) => `${cell} IS NOT NULL AND ${cellValue(field, type, cell)} IS NULL`,
        field.format === 'default' ? 'write a date as YYYY-MM-DD' : `write a date as ${field.format}`,
      );
    case 'datetime':
      return rule(
        (cell) =>
          field.format === 'default'
            ? `NOT ${matches(cell, DATE_TIME)} OR (${cell} IS NOT NULL AND ${cellValue(field, type, cell)} IS NULL)`
            : `${cell} IS NOT NULL AND ${cellValue(field, type, cell)} IS NULL`,
        field.format === 'default' ? 'write it as 2014-12-31T23:59:59Z' : `write it as ${field.format}`,
      );
    default:
      return undefined;
  }
}
