import type { Field, FieldType } from '../descriptor/field-schema.ts';
import type { EngineSession } from '../engine/sandbox.ts';
import { type CsvSource, cell } from './csv-source.ts';
import type { MatchedField } from './match-fields.ts';
import { scanCsv } from './scan-csv.ts';
import { typeRule } from './types/type-rules.ts';

/** A declared field with its type settled. */
export interface TypedField {
  readonly field: Field;
  readonly type: FieldType;
  readonly index: number | undefined;
}

/** Most particular first. A whole number with a leading zero is a code: `01` must stay `01`. */
const CANDIDATES: readonly FieldType[] = ['integer', 'number', 'date', 'datetime', 'boolean'];

/** Enough to tell most columns of text from others. */
const FIRST_ROWS = 2_000;

const WORDS_FOR_BOOLEAN = { trueValues: ['true', 'True', 'TRUE'], falseValues: ['false', 'False', 'FALSE'] };

function misfits(field: Field, type: FieldType, text: string): string {
  const candidate = type === 'boolean' ? { ...field, ...WORDS_FOR_BOOLEAN } : field;
  const rule = typeRule(candidate, type);
  const leadingZero =
    type === 'integer' || type === 'number' ? ` OR regexp_matches(${text}, '^[+-]?0[0-9]')` : '';
  return `count(*) FILTER (${rule?.violated(text) ?? 'false'}${leadingZero})`;
}

/** Columns of unknown type with the types that no cell seen so far speaks against. */
type Candidates = ReadonlyMap<MatchedField, readonly FieldType[]>;

/** Columns at a time: planning a statement takes a time that grows with the square of what it asks. */
const COLUMNS_AT_ONCE = 20;

/** Takes away what the first rows speak against, from a few columns at a time. */
async function narrowByFirstRows(
  session: EngineSession,
  source: CsvSource,
  columns: readonly MatchedField[],
): Promise<Candidates> {
  const narrowed: [MatchedField, readonly FieldType[]][] = [];
  for (let at = 0; at < columns.length; at += COLUMNS_AT_ONCE) {
    const some = columns.slice(at, at + COLUMNS_AT_ONCE);
    const every: Candidates = new Map(some.map((column) => [column, CANDIDATES]));
    narrowed.push(...(await narrow(session, source, every, 'first')));
  }
  return new Map(narrowed);
}

/** Keeps the types that every filled cell of these rows is; none for a column without any filled cell. */
async function narrow(
  session: EngineSession,
  source: CsvSource,
  candidates: Candidates,
  rows: 'first' | 'all',
): Promise<Candidates> {
  const open = [...candidates].filter(([, types]) => types.length > 0);
  if (open.length === 0) return candidates;
  const counts = open.flatMap(([{ field, index = 0 }, types]) => [
    `count(${cell(index)})`,
    ...types.map((type) => misfits(field, type, cell(index))),
  ]);
  const limit = rows === 'all' ? '' : ` LIMIT ${FIRST_ROWS}`;
  const scan = await scanCsv(
    session,
    source,
    'inference',
    (relation) => `SELECT ${counts.join(', ')} FROM (SELECT * FROM ${relation}${limit})`,
  );
  const [row = []] = scan.rows;
  const narrowed = new Map(candidates);
  let at = 0;
  for (const [column, types] of open) {
    const [filled, ...wrong] = row.slice(at, at + types.length + 1).map(Number);
    at += types.length + 1;
    const left = types.filter((_, position) => wrong[position] === 0);
    narrowed.set(column, filled === 0 && rows === 'all' ? [] : left);
  }
  return narrowed;
}

/**
 * Settles undeclared types over the whole file, never from a prefix (packages.md A3.4). The first rows
 * only take away what they speak against: trying every type on every cell took 10 × as long.
 */
export async function inferTypes(
  session: EngineSession,
  source: CsvSource,
  fields: readonly MatchedField[],
): Promise<TypedField[]> {
  const unknown = fields.filter(({ field, index }) => field.type === 'any' && index !== undefined);
  const likely = await narrowByFirstRows(session, source, unknown);
  const found = await narrow(session, source, likely, 'all');
  return fields.map((column) => {
    const { field, index } = column;
    if (field.type !== 'any') return { field, index, type: field.type };
    const type = found.get(column)?.[0] ?? 'string';
    return { field: type === 'boolean' ? { ...field, ...WORDS_FOR_BOOLEAN } : field, index, type };
  });
}
