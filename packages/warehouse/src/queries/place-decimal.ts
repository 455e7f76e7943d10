/** The values that a decimal column can hold: multiples of `10^-scale` with up to `width` digits. */
export interface DecimalGrid {
  readonly width: number;
  readonly scale: number;
}

/** Where a number lies among a column's values; `floor` is the greatest of them below it. */
export type Place =
  | { readonly kind: 'on'; readonly value: string }
  | { readonly kind: 'between'; readonly floor: string }
  | { readonly kind: 'above' | 'below' };

/** Decimal text of a whole number of units of `10^-scale`. */
export function decimalText(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const sign = units < 0n ? '-' : '';
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/**
 * Compared with a value of more digits, a column would be cast to a type that cannot hold its own values,
 * and the whole query would fail: so the value is brought to the column's digits first.
 */
export function placeDecimal(text: string, { width, scale }: DecimalGrid): Place {
  const isNegative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.replace(/^[+-]/, '').split('.');
  const digits = fraction.replace(/0+$/, '');
  const size = BigInt(`0${whole}${digits.padEnd(scale, '0').slice(0, scale)}`);
  const isOn = digits.length <= scale;
  const floor = isNegative ? -size - (isOn ? 0n : 1n) : size;
  const limit = 10n ** BigInt(width);
  if (floor >= limit) return { kind: 'above' };
  if (floor <= -limit) return { kind: 'below' };
  const value = decimalText(floor, scale);
  return isOn ? { kind: 'on', value } : { kind: 'between', floor: value };
}
