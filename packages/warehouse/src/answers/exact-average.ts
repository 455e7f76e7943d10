/** Digits that an average carries beyond its measure's own (cubes.md A). */
const EXTRA_DIGITS = 6;

/** `sum / count` as decimal text, exact to `scale + 6` digits, halves away from zero. */
export function exactAverage(sum: string, count: bigint, scale: number): string {
  const [whole = '0', fraction = ''] = sum.replace('-', '').split('.');
  const places = scale + EXTRA_DIGITS;
  const units = BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale)) * 10n ** BigInt(EXTRA_DIGITS);
  const rounded = (units * 2n + count) / (count * 2n);
  const digits = rounded.toString().padStart(places + 1, '0');
  const sign = sum.startsWith('-') && rounded !== 0n ? '-' : '';
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}
