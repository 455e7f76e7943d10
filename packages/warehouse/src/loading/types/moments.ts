import type { Field } from '../../descriptor/field-schema.ts';
import { literal } from '../../engine/sql-text.ts';
import { list, matches, type TypeRules } from './cell-rule.ts';

/**
 * What the format "any" takes, in this order. Month and day in figures with slashes are read day first;
 * `12/31/2014` is refused rather than guessed: one column must not be read in two ways.
 */
const ANY_DATE = [
  '%Y-%m-%d',
  '%Y/%m/%d',
  '%Y.%m.%d',
  '%Y%m%d',
  '%d.%m.%Y',
  '%d/%m/%Y',
  '%d-%m-%Y',
  '%d %b %Y',
  '%d %B %Y',
  '%b %d, %Y',
  '%B %d, %Y',
];
const ANY_TIME = ['%H:%M:%S.%f', '%H:%M:%S', '%H:%M', '%I:%M:%S %p', '%I:%M %p'];
const ANY_DATE_TIME = ANY_DATE.flatMap((date) => [
  ...ANY_TIME.map((time) => `${date} ${time}`),
  `${date}T%H:%M:%S`,
  date,
]);

const ZONE = '(Z|[+-][0-9]{2}(:?[0-9]{2})?)?';
const DATE = '[+-]?[0-9]{4,6}-[0-9]{2}-[0-9]{2}';
const CLOCK = '[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?';
const DURATION = '-?P([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T([0-9]+H)?([0-9]+M)?([0-9]+([.][0-9]+)?S)?)?';

// A cast that fails costs a hundred times one that does not: the form is looked at first, and CASE keeps the
// casts from the cells that lack it.

/** What names no zone is UTC, whatever the machine's own is. */
function utc(cell: string): string {
  return `CASE WHEN regexp_matches(${cell}, 'T.*(Z|[+-][0-9:]+)$') THEN ${cell} ELSE concat(${cell}, 'Z') END`;
}

/** The declared strptime pattern; older descriptors write it behind `fmt:`. */
const patternOf = (field: Field) => field.format.replace(/^fmt:/, '');

function parsed(field: Field, cell: string, any: readonly string[]): string {
  const formats = field.format === 'any' ? `[${list(any)}]` : literal(patternOf(field));
  return `try_strptime(${cell}, ${formats})`;
}

/** The pattern of a date in figures, where the figures tell the day from the month. */
function patternSeenIn(value: string): string | undefined {
  const [, first = '', sign = '', second = ''] = /^(\d{1,2})([./-])(\d{1,2})\2\d{4}$/.exec(value) ?? [];
  const [isFirstDay, isSecondDay] = [first, second].map((figure) => Number(figure) > 12);
  if (isFirstDay === isSecondDay) return undefined;
  return isFirstDay ? `%d${sign}%m${sign}%Y` : `%m${sign}%d${sign}%Y`;
}

const suggestion = (standard: string) => (field: Field) => () => {
  if (field.format === 'default') return `write ${standard}, or declare its "format"`;
  if (field.format === 'any')
    return `write ${standard}, or declare the pattern of the column as its "format"`;
  return `write it as the declared format ${patternOf(field)}`;
};

export const date: TypeRules = {
  sqlType: 'DATE',
  columnType: 'date',
  invalid: (field) => (cell) =>
    field.format === 'default'
      ? `CASE WHEN ${matches(cell, DATE)} THEN ${date.value(field, cell)} IS NULL ELSE true END`
      : `${date.value(field, cell)} IS NULL`,
  suggestion: (field) => (value) => {
    const seen = field.format === 'default' ? patternSeenIn(value) : undefined;
    if (seen !== undefined) return `declare "format": "${seen}", or write a date as YYYY-MM-DD`;
    return suggestion('a date as YYYY-MM-DD')(field)();
  },
  value: (field, cell) =>
    field.format === 'default'
      ? `TRY_CAST(${cell} AS DATE)`
      : `CAST(${parsed(field, cell, ANY_DATE)} AS DATE)`,
};

export const datetime: TypeRules = {
  sqlType: 'TIMESTAMP',
  columnType: 'datetime',
  invalid: (field) => (cell) =>
    field.format === 'default'
      ? `CASE WHEN ${matches(cell, `${DATE}T${CLOCK}${ZONE}`)} THEN ${datetime.value(field, cell)} IS NULL ELSE true END`
      : `${datetime.value(field, cell)} IS NULL`,
  suggestion: suggestion('it as 2014-12-31T23:59:59Z'),
  // a zone's offset is taken off: what is stored is UTC
  value: (field, cell) =>
    field.format === 'default'
      ? `make_timestamp(epoch_us(TRY_CAST(${utc(cell)} AS TIMESTAMPTZ)))`
      : `CAST(${parsed(field, cell, ANY_DATE_TIME)} AS TIMESTAMP)`,
};

/** Times, months and durations are stored as text in one spelling, which orders as they do. */
export const time: TypeRules = {
  sqlType: 'VARCHAR',
  columnType: 'string',
  invalid: (field) => (cell) =>
    field.format === 'default'
      ? `CASE WHEN ${matches(cell, CLOCK)} THEN TRY_CAST(${cell} AS TIME) IS NULL ELSE true END`
      : `${time.value(field, cell)} IS NULL`,
  suggestion: suggestion('a time as hh:mm:ss'),
  value: (field, cell) =>
    field.format === 'default' ? cell : `CAST(CAST(${parsed(field, cell, ANY_TIME)} AS TIME) AS VARCHAR)`,
};

export const yearmonth: TypeRules = {
  sqlType: 'VARCHAR',
  columnType: 'string',
  invalid: () => (cell) => `NOT ${matches(cell, '[0-9]{4}-(0[1-9]|1[0-2])')}`,
  suggestion: () => () => 'write a month as YYYY-MM',
  value: (_field, cell) => cell,
};

export const duration: TypeRules = {
  sqlType: 'VARCHAR',
  columnType: 'string',
  invalid: () => (cell) => `NOT (${matches(cell, DURATION)} AND regexp_matches(${cell}, '[0-9][A-Z]$'))`,
  suggestion: () => () => 'write a duration as ISO 8601 does, such as P1Y6M or PT30M',
  value: (_field, cell) => cell,
};
