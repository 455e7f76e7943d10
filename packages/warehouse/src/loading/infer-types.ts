import type { Field, FieldType } from '../descriptor/field-schema.ts';
import type { EngineSession } from '../engine/sandbox.ts';
import { type CsvSource, cell, readCsv } from './csv-source.ts';
import type { MatchedField } from './match-fields.ts';
import { typeRule } from './types/type-rules.ts';

/** A declared field with its type settled. */
export interface TypedField {
  readonly field: Field;
  readonly type: FieldType;
  readonly index: number | undefined;
}

/** Most particular first. A whole number with a leading zero is a code: `01` must stay `01`. */
const CANDIDATES: readonly FieldType[] = ['integer', 'number', 'date', 'datetime', 'boolean'];

const WORDS_FOR_BOOLEAN = { trueValues: ['true', 'True', 'TRUE'], falseValues: ['false', 'False', 'FALSE'] };

function misfits(field: Field, type: FieldType, text: string): string {
  const candidate = type === 'boolean' ? { ...field, ...WORDS_FOR_BOOLEAN } : field;
  const rule = typeRule(candidate, type);
  const leadingZero =
    type === 'integer' || type === 'number' ? ` OR regexp_matches(${text}, '^[+-]?0[0-9]')` : '';
  return `count(*) FILTER (${rule?.violated(text) ?? 'false'}${leadingZero})`;
}

/** Settles undeclared types over the whole file, never from a prefix (packages.md A3.4). */
export async function inferTypes(
  session: EngineSession,
  source: CsvSource,
  fields: readonly MatchedField[],
): Promise<TypedField[]> {
  const unknown = fields.flatMap(({ field, index }) =>
    field.type === 'any' && index !== undefined ? [{ field, index }] : [],
  );
  if (unknown.length === 0) return fields.map(({ field, index }) => ({ field, index, type: field.type }));
  const counts = unknown.flatMap(({ field, index }) => [
    `count(${cell(index)})`,
    ...CANDIDATES.map((type) => misfits(field, type, cell(index))),
  ]);
  const [row = []] = await session.rows(`SELECT ${counts.join(', ')} FROM ${readCsv(source, 'inference')}`);
  const width = CANDIDATES.length + 1;
  const found = new Map(
    unknown.map(({ index }, position) => {
      const [filled, ...wrong] = row.slice(position * width, (position + 1) * width).map(Number);
      const type = filled === 0 ? undefined : CANDIDATES[wrong.indexOf(0)];
      return [index, type ?? 'string'] as const;
    }),
  );
  return fields.map(({ field, index }) => {
    if (field.type !== 'any') return { field, index, type: field.type };
    const type = (index === undefined ? undefined : found.get(index)) ?? 'string';
    return { field: type === 'boolean' ? { ...field, ...WORDS_FOR_BOOLEAN } : field, index, type };
  });
}
