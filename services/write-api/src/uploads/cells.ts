import { LosslessNumber } from 'lossless-json';

const INTEGER = /^\s*([+-]?)0*(\d+)\s*$/;
const DECIMAL = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/;

/** A decimal as JSON writes it, with all its digits; undefined when the text is none. */
function decimalLiteral(text: string): string | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent] = match;
  if (whole === '' && fraction === '') return undefined;
  const literal = `${sign === '-' ? '-' : ''}${whole.replace(/^0+(?=\d)/, '') || '0'}.${fraction || '0'}`;
  return exponent === undefined ? literal : `${literal}e${exponent}`;
}

/** A cell of a CSV file: an integer, else a decimal, else text (data-sets.md A3). An empty cell is empty text. */
export function cellValue(text: string): unknown {
  // Most cells are words: told apart by one look.
  if (text === '' || text.length > 400 || !/\d/.test(text)) return text;
  const integer = INTEGER.exec(text);
  if (integer !== null) {
    const [, sign = '', digits = '0'] = integer;
    const literal = `${sign === '-' && digits !== '0' ? '-' : ''}${digits}`;
    const number = Number(literal);
    return Number.isSafeInteger(number) ? number : new LosslessNumber(literal);
  }
  const literal = decimalLiteral(text);
  return literal === undefined ? text : new LosslessNumber(literal);
}
