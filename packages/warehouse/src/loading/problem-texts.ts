import type { LoadProblem } from '@flyloft/common';
import { ROW_TOO_LONG } from '../tables/limits.ts';
import type { BrokenRule } from './examine-table.ts';
import type { DuplicateRow } from './find-duplicates.ts';
import type { Place } from './locate-rows.ts';

/** A cell of the report shows at most this much of a value. */
export const SHOWN_CHARACTERS = 200;

/** A row that the engine could not take apart, as it says. */
export interface Refused {
  readonly offset: number;
  readonly kind: string;
  readonly text: string;
  readonly detail: string;
}

/** What is wrong with one place, before it is known where that is. */
type Problem = Omit<LoadProblem, 'resource'>;

export function refusedProblem(refused: Refused): Problem {
  const value = refused.text.slice(0, SHOWN_CHARACTERS);
  const counts = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(refused.detail);
  switch (refused.kind) {
    case 'MISSING COLUMNS':
    case 'TOO MANY COLUMNS':
      return {
        rule: 'ragged-row',
        value,
        message: `the row has ${counts?.[2] ?? 'another number of'} cells where the header has ${counts?.[1] ?? 'others'}`,
        suggestion: 'put quotes around values that contain the delimiter',
      };
    case 'INVALID ENCODING':
      return {
        rule: 'encoding',
        value,
        message: 'the row has bytes that are not UTF-8',
        suggestion: 'declare the encoding, such as "encoding": "windows-1252"',
      };
    case 'UNQUOTED VALUE':
      return { rule: 'quotes', value, message: 'a quote is not closed, or text follows a closing quote' };
    case 'LINE SIZE OVER MAXIMUM':
      return { rule: 'row-length', value, message: ROW_TOO_LONG };
    default:
      return { rule: 'row', value, message: 'the row cannot be read' };
  }
}

/** A cell that breaks a rule. */
export interface BadCell {
  readonly row: number;
  readonly value: string | null;
  readonly broken: BrokenRule;
}

export function cellProblem({ broken, value }: BadCell): Problem {
  const { rule, column } = broken;
  const suggestion = value === null ? undefined : rule.suggestion?.(value);
  return {
    column: column.field.name,
    rule: rule.rule,
    message: value === null ? rule.message : `"${value}" ${rule.message}`,
    ...(value === null ? {} : { value }),
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

export function duplicateProblem({ key, value }: DuplicateRow, first: Place | undefined): Problem {
  const where = first === undefined ? 'an earlier row' : placeText(first);
  return {
    column: key.columns.map(({ field }) => field.name).join(', '),
    rule: key.rule,
    value: value.slice(0, SHOWN_CHARACTERS),
    message: `"${value.slice(0, SHOWN_CHARACTERS)}" is also in ${where}, and must be there once only`,
  };
}

function placeText({ row, line }: { readonly row?: number; readonly line?: number }): string {
  return line === undefined ? `row ${row}` : `row ${row} (line ${line})`;
}

/** The first problem and how many there are, for people. */
export function sentence(resource: string, total: number, first: LoadProblem | undefined): string {
  const where = [
    ...(first?.row === undefined ? [] : [placeText(first)]),
    ...(first?.column === undefined ? [] : [`column "${first.column}"`]),
  ].join(', ');
  const more = total > 1 ? ` There are ${total} problems in all.` : '';
  return `The data of "${resource}" is not valid: ${where === '' ? '' : `${where}: `}${first?.message}.${more}`;
}

/** Says in which of several files it is, where there are several. */
export function problemAt(place: Place | undefined, resource: string, problem: Problem): LoadProblem {
  const { part, ...numbers } = place ?? {};
  const message = part === undefined ? problem.message : `${problem.message} (in ${part})`;
  return { ...numbers, resource, ...problem, message };
}
