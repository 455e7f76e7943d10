import type { Field } from '../../descriptor/field-schema.ts';
import { literal } from '../../engine/sql-text.ts';
import type { ColumnType } from '../../models/cube-model.ts';

/** A condition that a cell of text must not fulfil, as SQL over `cell`, never null for a filled cell. */
export interface CellRule {
  readonly rule: string;
  readonly violated: (cell: string) => string;
  readonly message: string;
  /** What to do about this very value. */
  readonly suggestion?: (value: string) => string | undefined;
}

/** How the cells of one Table Schema type are checked and read. */
export interface TypeRules {
  readonly sqlType: string;
  readonly columnType: ColumnType;
  /** SQL that is true for a filled cell that is no value of the type; undefined when every text is one. */
  readonly invalid?: (field: Field) => ((cell: string) => string) | undefined;
  /** What to write instead, for people. */
  readonly suggestion?: (field: Field) => (value: string) => string;
  /** SQL of the stored value of a valid cell; null for an invalid one of a type that is converted. */
  readonly value: (field: Field, cell: string) => string;
  /** SQL that compares as the type does; the stored value unless said otherwise. */
  readonly comparable?: (field: Field, cell: string) => string;
}

export function matches(cell: string, expression: string): string {
  return `regexp_full_match(${cell}, ${literal(expression)})`;
}

/** A text that stands for itself in a regular expression. */
export function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

export const list = (values: readonly string[]) => values.map(literal).join(', ');
