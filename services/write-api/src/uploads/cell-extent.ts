import { beyondLimit, UPLOAD_LIMITS } from './limits.ts';

/** A cell or row and where it says that it is: `<c r="XFD1048576">`. Text holds no `<`, so it cannot look like one. */
const PLACED = /<(?:[\w.-]+:)?(?:c|row)\s[^<]*?\br\s*=\s*["']([^"'<]*)/g;

const PLACE = /^\s*([A-Za-z]{0,8})(\d{0,9})\s*$/;

/** Longer than any tag of a workbook. */
const LONGEST_TAG = 64 * 1024;
const BEGUN = /^<(?:[\w.-]+:)?(?:c|row)\s/;
const LETTERS = 26;

function tooFarApart(): Error {
  return beyondLimit('The cells of the Excel file are too far apart; CSV has no such limit');
}

function columnOf(letters: string): number {
  let column = 0;
  for (const letter of letters.toUpperCase()) column = column * LETTERS + letter.charCodeAt(0) - 64;
  return column;
}

/**
 * Follows how far apart the cells of XML stand: its reader makes room for all that is between them, and two cells
 * in opposite corners would take all memory there is.
 * @throws {ProblemError} 422 when they are too far apart.
 */
export function createCellExtent(): (chunk: Buffer) => void {
  let [rows, columns] = [1, 1];
  let rest = '';
  return (chunk) => {
    const text = rest + chunk.toString('latin1');
    for (const [, place = ''] of text.matchAll(PLACED)) {
      const [, letters = '', digits = ''] = PLACE.exec(place) ?? [];
      // Written with entities, for instance, which no spreadsheet does.
      if (place.trim() !== letters + digits) throw tooFarApart();
      rows = Math.max(rows, Number(digits));
      columns = Math.max(columns, columnOf(letters));
      if (rows * columns > UPLOAD_LIMITS.workbookArea) throw tooFarApart();
    }
    const last = text.lastIndexOf('<');
    rest = last === -1 ? '' : text.slice(last);
    if (rest.length <= LONGEST_TAG) return;
    if (BEGUN.test(rest)) throw tooFarApart();
    // A long text, of which nothing more is needed.
    rest = '';
  };
}
