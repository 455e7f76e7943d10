import type { LoadProblem, LoadReport } from '@flyloft/common';
import { type Column, formatTable } from '../screen/table.ts';

/** As many problems as fit on a screen; the full report is a file. */
const SHOWN = 20;
const WIDEST_CELL = 60;

const COLUMNS: readonly (Column & { readonly of: (problem: LoadProblem) => unknown })[] = [
  { heading: 'resource', align: 'left', of: ({ resource }) => resource },
  { heading: 'row', align: 'right', of: ({ row }) => row },
  { heading: 'line', align: 'right', of: ({ line }) => line },
  { heading: 'column', align: 'left', of: ({ column }) => column },
  { heading: 'value', align: 'left', of: ({ value }) => value },
  { heading: 'what is wrong', align: 'left', of: ({ message }) => message },
  { heading: 'suggestion', align: 'left', of: ({ suggestion }) => suggestion },
];

function cellOf(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value);
  // Data may hold anything, but nothing that speaks to a terminal.
  const plain = text.replaceAll(/\p{Cc}/gu, '�');
  return plain.length > WIDEST_CELL ? `${plain.slice(0, WIDEST_CELL - 1)}…` : plain;
}

/** The table of problems; columns that nothing is said in are left out. */
function problemTable(problems: readonly LoadProblem[]): string {
  const shown = problems.slice(0, SHOWN);
  const columns = COLUMNS.filter(({ of }) => shown.some((problem) => cellOf(of(problem)) !== ''));
  return formatTable(
    columns,
    shown.map((problem) => columns.map(({ of }) => cellOf(of(problem)))),
  );
}

/**
 * What a person should know of a load or an examination that has ended.
 * @param fullReport Where all problems are, when not all can be shown.
 */
export function reportLines(report: LoadReport, fullReport?: string): string[] {
  const { error, code, errors, errors_total: total, warnings } = report;
  const lines: string[] = [];
  if (error !== null) lines.push(`✗ ${error}${code === null ? '' : ` (${code})`}`);
  if (errors.length > 0) lines.push('', problemTable(errors), '');
  const hidden = total - Math.min(errors.length, SHOWN);
  if (hidden > 0) {
    lines.push(`  … and ${hidden} more${fullReport === undefined ? '' : `: ${fullReport}`}`);
  }
  for (const warning of warnings) lines.push(`! ${warning}`);
  return lines;
}
