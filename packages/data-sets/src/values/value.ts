import { Big } from 'big.js';
import { compareNumbers, type NumberValue, numberText } from '../numbers/number-value.ts';

/** What a key of a record may hold. Dates stand only in the keys that are dates (`_timestamp`, …). */
export type Value = null | boolean | string | NumberValue | Date;

export function isNumberValue(value: unknown): value is NumberValue {
  return typeof value === 'number' || value instanceof Big;
}

function rank(value: Value): number {
  if (value === null) return 0;
  if (typeof value === 'boolean' || isNumberValue(value)) return 1;
  return typeof value === 'string' ? 2 : 3;
}

/** Compares text by code point, as both engines do; JavaScript's own `<` goes by UTF-16 unit. */
function compareText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a === b) continue;
    // Surrogates stand for code points above every other unit.
    const aIsSurrogate = a >= 0xd800 && a <= 0xdfff;
    const bIsSurrogate = b >= 0xd800 && b <= 0xdfff;
    if (aIsSurrogate !== bIsSurrogate) return aIsSurrogate ? 1 : -1;
    return a < b ? -1 : 1;
  }
  return Math.sign(left.length - right.length);
}

function asNumber(value: Value): NumberValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return isNumberValue(value) ? value : 0;
}

/**
 * The order of sets, groups and `sort_by` (data-sets.md A8.7): null < booleans and numbers (false is 0,
 * true is 1) < strings by code point. Equal to 0 for `false` and 0, which stay two different values.
 */
export function compareValues(left: Value, right: Value): number {
  const difference = rank(left) - rank(right);
  if (difference !== 0) return Math.sign(difference);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (left instanceof Date && right instanceof Date) return Math.sign(left.getTime() - right.getTime());
  return compareNumbers(asNumber(left), asNumber(right));
}

/** Text that is the same for two values exactly when they are the same value. */
export function identityOf(value: Value): string {
  if (value === null) return 'n';
  if (typeof value === 'string') return `s${JSON.stringify(value)}`;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return value instanceof Date ? `d${value.getTime()}` : `#${numberText(value)}`;
}

/** A total order: that of `compareValues`, with false before 0 and true before 1. */
export function compareForDisplay(left: Value, right: Value): number {
  const order = compareValues(left, right);
  if (order !== 0) return order;
  return Number(typeof right === 'boolean') - Number(typeof left === 'boolean');
}
