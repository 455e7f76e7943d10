import type { LoadProblem, LoadReport } from '@flyloft/common';
import { type Column, formatTable } from '../screen/table.ts';

/** As many problems as fit on a screen; the full report is a file. */
const SHOWN = 20;
const LONGEST_VALUE = 60;

const COLUMNS: readonly (Column & { readonly of: (problem: LoadProblem) => unknown })[] = [
  { heading: 'resource', align: 'left', of: ({ resource }) => resource },
  { heading: 'row', align: 'right', of: ({ row }) => row },
  { heading: 'line', align: 'right', of: ({ line }) => line },
  { heading: 'column', align: 'left', of: ({ column }) => column },
  { heading: 'value', align: 'left', of: ({ value }) => shortened(value) },
  { heading: 'what is wrong', align: 'left', of: ({ message }) => message },
  { heading: 'suggestion', align: 'left', of: ({ suggestion }) => suggestion },
];

function cellOf(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value);
  // Data may hold anything, but nothing that speaks to a terminal.
  return text.replaceAll(/\p{Cc}/gu, '�');
}

function shortened(value: unknown): unknown {
  return typeof value === 'string' && value.length > LONGEST_VALUE
    ? `${value.slice(0, LONGEST_VALUE - 1)}…`
    : value;
}

/** A problem in words, for a screen that no table fits on. */
function problemLines({ resource, row, line, column, message, suggestion }: LoadProblem): string[] {
  const where = [
    ...(resource === undefined ? [] : [resource]),
    ...(row === undefined ? [] : [`row ${row}`]),
    ...(line === undefined ? [] : [`line ${line}`]),
    ...(column === undefined ? [] : [`column ${column}`]),
  ];
  return [
    ...(where.length === 0 ? [] : [`  ${where.join(', ')}`]),
    `    ${message}`,
    ...(suggestion === undefined ? [] : [`    → ${suggestion}`]),
  ].map(cellOf);
}

/** The table of problems, or a list where it is too wide; columns that nothing is said in are left out. */
function problemTable(problems: readonly LoadProblem[], width: number): string {
  const shown = problems.slice(0, SHOWN);
  const columns = COLUMNS.filter(({ of }) => shown.some((problem) => cellOf(of(problem)) !== ''));
  const table = formatTable(
    columns,
    shown.map((problem) => columns.map(({ of }) => cellOf(of(problem)))),
  );
  const isTooWide = table.split('\n').some((line) => line.length > width);
  return isTooWide ? shown.flatMap(problemLines).join('\n') : table;
}

/**
 * What a person should know of a load or an examination that has ended, line by line.
 * @param width Characters of a line of the screen.
 * @param fullReport Where all problems are, when not all can be shown.
 */
export function reportLines(report: LoadReport, width: number, fullReport?: string): string[] {
  const { error, code, errors, errors_total: total, warnings } = report;
  const lines: string[] = [];
  if (error !== null) lines.push(`✗ ${error}${code === null ? '' : ` (${code})`}`);
  if (errors.length > 0) lines.push('', problemTable(errors, width), '');
  const hidden = total - Math.min(errors.length, SHOWN);
  if (hidden > 0) {
    lines.push(`  … and ${hidden} more${fullReport === undefined ? '' : `: ${fullReport}`}`);
  }
  for (const warning of warnings) lines.push(`! ${warning}`);
  return lines.flatMap((text) => text.split('\n'));
}
