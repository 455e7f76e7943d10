import type { Parameter } from '../engine/sandbox.ts';
import type { ColumnType } from '../models/cube-model.ts';
import { type DecimalGrid, type Place, placeDecimal } from './place-decimal.ts';

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;
const INTEGER = /^[+-]?\d+$/;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?Z?)?$/;
const BIGINT_DIGITS = 18;

function isDay(text: string): boolean {
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text.slice(0, 10));
}

function gridOf(sqlType: string): DecimalGrid | undefined {
  const [, width, scale] = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(sqlType) ?? [];
  if (width !== undefined) return { width: Number(width), scale: Number(scale) };
  // All of them are compared as wider integers when the value needs it.
  return /^(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(sqlType) ? { width: 38, scale: 0 } : undefined;
}

/** A cut's value as its column sees it. */
export interface CutValue {
  readonly place: Place;
  /** SQL for `place`'s own value, given where it is bound. */
  readonly sql: (position: number) => string;
  readonly parameter: Parameter;
}

function decimal(text: string, sqlType: string, grid: DecimalGrid): CutValue {
  const place = placeDecimal(text, grid);
  const value = place.kind === 'on' ? place.value : place.kind === 'between' ? place.floor : '0';
  const isLong = value.replace('-', '').length > BIGINT_DIGITS;
  const type = sqlType.startsWith('DECIMAL') ? sqlType : isLong ? 'HUGEINT' : 'BIGINT';
  return { place, parameter: value, sql: (position) => `CAST($${position} AS ${type})` };
}

function exact(value: string, type: string): CutValue {
  return {
    place: { kind: 'on', value },
    parameter: value,
    sql: (position) => `CAST($${position} AS ${type})`,
  };
}

/** A value converted to what its column holds, quoted or not (cubes.md A); undefined when it is none of those. */
export function cutValue(text: string, type: ColumnType, sqlType: string): CutValue | undefined {
  const grid = gridOf(sqlType);
  if (grid !== undefined) {
    const isValid = type === 'integer' ? INTEGER.test(text) : NUMBER.test(text);
    return isValid ? decimal(text, sqlType, grid) : undefined;
  }
  switch (sqlType) {
    case 'BOOLEAN':
      return /^(true|false)$/i.test(text) ? exact(text, sqlType) : undefined;
    case 'DATE':
      return DATE.test(text) && isDay(text) ? exact(text, sqlType) : undefined;
    case 'TIMESTAMP':
      return DATE_TIME.test(text) && isDay(text) ? exact(text.replace(/Z$/, ''), sqlType) : undefined;
    default:
      return exact(text, sqlType);
  }
}
