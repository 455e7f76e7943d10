import type { Field, FieldType } from '../../descriptor/field-schema.ts';
import type { CellRule, TypeRules } from './cell-rule.ts';
import { date, datetime, duration, time, yearmonth } from './moments.ts';
import { integer, number, year } from './numbers.ts';
import { array, boolean, geojson, geopoint, listOfItems, object, string } from './texts.ts';

const TYPE_RULES: Readonly<Record<FieldType, TypeRules>> = {
  string,
  integer,
  number,
  boolean,
  date,
  time,
  datetime,
  year,
  yearmonth,
  duration,
  geopoint,
  geojson,
  object,
  array,
  list: listOfItems,
  any: string,
};

export function rulesOf(type: FieldType): TypeRules {
  return TYPE_RULES[type];
}

/** The rule that makes a cell a value of its type; undefined for a type that takes every text. */
export function typeRule(field: Field, type: FieldType): CellRule | undefined {
  const { invalid, suggestion } = TYPE_RULES[type];
  const violated = invalid?.(field);
  if (violated === undefined) return undefined;
  return {
    rule: type,
    violated: (cell) => `(${cell} IS NOT NULL AND ${violated(cell)})`,
    message: `is not a valid ${type}`,
    ...(suggestion === undefined ? {} : { suggestion: suggestion(field) }),
  };
}

/** SQL that compares as the type does: numbers by value, dates by time, text by code point. */
export function comparable(field: Field, type: FieldType, cell: string): string {
  const rules = TYPE_RULES[type];
  return (rules.comparable ?? rules.value)(field, cell);
}
