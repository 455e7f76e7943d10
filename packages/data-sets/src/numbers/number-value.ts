import { Big } from 'big.js';

/**
 * A number as records hold it: a decimal with exactly the digits that were sent. Nearly every number
 * of the world is told apart by a double (its shortest text is the text that was sent), so it is held
 * as one; the few that are not (more than 15 significant digits) are held as a Big.
 */
export type NumberValue = number | Big;

/** Integers beyond this are refused in records (data-sets.md A8.19); so is any number of that size. */
export const LARGEST_NUMBER = Number.MAX_SAFE_INTEGER;

/** MongoDB's decimal holds 34 significant digits; more than that are read as the nearest double, on both engines. */
const MOST_DIGITS = 34;

/** Every decimal of at most this many significant digits survives a trip through a double. */
const DIGITS_OF_A_DOUBLE = 15;

/** Sums are exact to this many decimal places, on both engines (MongoDB adds with 34 digits). */
const SUM_PLACES = 27;

const MEAN_DIGITS = 20;

function significantDigits(literal: string): number {
  const [mantissa = ''] = literal.toLowerCase().split('e');
  return mantissa.replaceAll(/[-+.]/g, '').replace(/^0+/, '').length;
}

/** The shortest form of an exact decimal: a double where one says the same. */
function fromBig(value: Big): NumberValue {
  const double = value.toNumber();
  if (double === 0) return value.eq(0) ? 0 : value;
  return Number.isFinite(double) && value.eq(double) ? double : value;
}

/** Reads a JSON number literal, or the text that an engine prints for a decimal. */
export function readNumber(literal: string): NumberValue {
  const double = Number(literal);
  // So few characters have no more digits: nearly all numbers there are.
  const digits = literal.length <= DIGITS_OF_A_DOUBLE ? literal.length : significantDigits(literal);
  if (digits <= DIGITS_OF_A_DOUBLE && double !== 0) return double;
  if (double === 0 || !Number.isFinite(double) || digits > MOST_DIGITS) return double === 0 ? 0 : double;
  return fromBig(new Big(literal));
}

/** Reads a sum that an engine prints, which may have more digits than any number of a record. */
export function readSum(literal: string): NumberValue {
  return fromBig(new Big(literal));
}

/** The decimal text of a number, which both engines read back without loss. */
export function numberText(value: NumberValue): string {
  return value.toString();
}

export function compareNumbers(left: NumberValue, right: NumberValue): number {
  if (typeof left === 'number' && typeof right === 'number') return Math.sign(left - right);
  return new Big(left).cmp(right);
}

export function addNumbers(left: NumberValue, right: NumberValue): NumberValue {
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
    const sum = Number(left) + Number(right);
    if (Number.isSafeInteger(sum)) return sum;
  }
  return fromBig(new Big(left).plus(right));
}

/** A sum as it is answered: exact to 27 decimal places, whatever the engine that added it up. */
export function roundSum(sum: NumberValue): NumberValue {
  return Number.isSafeInteger(sum) ? sum : fromBig(new Big(sum).round(SUM_PLACES, Big.roundHalfEven));
}

/** An exact quotient where it has at most 20 significant digits, else rounded to 20. */
export function divideNumbers(dividend: NumberValue, divisor: NumberValue): NumberValue {
  const exact = new Big(dividend);
  if (exact.eq(0)) return 0;
  // Big divides to a number of decimal places, not of digits: count them from the first digit of the quotient.
  const places = MEAN_DIGITS - 1 - exact.e + Math.ceil(Math.log10(Math.abs(Number(divisor)))) + 1;
  const quotient = divide(exact, divisor, Math.max(places, 0));
  return fromBig(quotient.prec(MEAN_DIGITS, Big.roundHalfEven));
}

function divide(dividend: Big, divisor: NumberValue, places: number): Big {
  // A constructor of its own, because Big keeps the number of places in the constructor.
  const Quotient = Big();
  Quotient.DP = places;
  Quotient.RM = Big.roundHalfEven;
  return new Quotient(dividend).div(divisor);
}
