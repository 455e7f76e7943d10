import { problem } from '@flyloft/common';
import { Ajv, type AnySchemaObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { LosslessNumber } from 'lossless-json';
import type { DataSet } from '../catalogue/data-set.ts';
import { isStorableText } from '../records/check-record.ts';
import { parseRecordDate } from '../records/timestamps.ts';
import { describeSchemaError } from './schema-messages.ts';

/** Checks a record as it was sent; answers what is wrong with it. */
export type RecordSchema = (
  record: Readonly<Record<string, unknown>>,
) => readonly { readonly key: string | null; readonly message: string }[];

/** MongoDB nests no deeper than 100, and nothing of use is deeper than this. */
const MOST_LEVELS = 50;

/** Lenient: unknown keywords are ignored (data-sets.md A8.3). Every error is told, as in the original. */
const OPTIONS: Options = {
  allErrors: true,
  strict: false,
  validateSchema: false,
  verbose: true,
  logger: false,
  unicodeRegExp: false,
};

// ajv-draft-04 and ajv-formats are CommonJS: their default export is a member of what is imported.
const Draft04 = AjvDraft04.default;
const withFormats = addFormats.default;

/** ISO 8601 with a `T`, as the original's library has it: a zone may be missing, or have no colon. */
function isDateTime(text: string): boolean {
  return text[10] === 'T' && parseRecordDate(text) instanceof Date;
}

/** Which drafts to try, in this order: draft 4 alone has boolean `exclusiveMinimum` and `id`. */
function draftsFor(schema: AnySchemaObject): readonly (() => Ajv)[] {
  const named = String(schema.$schema ?? '');
  const [draft04, draft07, draft2020] = [Draft04, Ajv, Ajv2020].map((Draft) => () => new Draft(OPTIONS));
  const all = [draft07, draft04, draft2020].filter((draft) => draft !== undefined);
  if (draft04 && /draft-0[34]/.test(named)) return [draft04, ...all];
  return draft2020 && /20(19|20)-/.test(named) ? [draft2020, ...all] : all;
}

/** The schema without its `$schema`, which may hold any value in any place. */
function withoutDialects(value: unknown, level = 0): unknown {
  if (level > MOST_LEVELS) throw new Error(`it nests deeper than ${MOST_LEVELS} levels`);
  if (typeof value === 'string' && !isStorableText(value))
    throw new Error('it holds text that cannot be stored');
  if (Array.isArray(value)) return value.map((item) => withoutDialects(item, level + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, member]) => key !== '$schema' || typeof member === 'object')
      .map(([key, member]) => [withoutDialects(key), withoutDialects(member, level + 1)]),
  );
}

function compile(schema: AnySchemaObject) {
  // One with properties: what comes out of withoutDialects has the form of what went in.
  const plain = withoutDialects(schema) as AnySchemaObject;
  let refusal: unknown;
  for (const draft of draftsFor(schema)) {
    try {
      const ajv = withFormats(draft());
      ajv.addFormat('date-time', { type: 'string', validate: isDateTime });
      return ajv.compile(plain);
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

/** Numbers as doubles: a schema asks for their size, not for their twentieth digit. */
function withPlainNumbers(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key,
      value instanceof LosslessNumber ? Number(value.value) : value,
    ]),
  );
}

/**
 * Compiles the JSON Schema of a data set, draft 4 and later.
 * @throws {Error} saying why, when it cannot be compiled or kept.
 */
export function compileSchema(schema: AnySchemaObject): RecordSchema {
  const validate = compile(schema);
  return (record) => {
    try {
      return validate(withPlainNumbers(record)) ? [] : (validate.errors ?? []).map(describeSchemaError);
    } catch (error) {
      // A schema that refers to itself, over a value that is nested without end.
      if (error instanceof RangeError) return [{ key: null, message: 'The record is nested too deeply' }];
      throw error;
    }
  };
}

function compileKept(schema: AnySchemaObject): RecordSchema {
  try {
    return compileSchema(schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw problem('unprocessable', `The schema of this data set cannot be used: ${reason}`, { cause });
  }
}

/** Configurations are read again and again; compiling takes milliseconds. */
const compiled = new Map<string, RecordSchema>();
const MOST_COMPILED = 200;

/**
 * The same, compiled once; undefined where there is no schema.
 * @throws {ProblemError} 422 for one that cannot be compiled: it was imported, not accepted by us.
 */
export function schemaOf({ settings: { schema } }: Pick<DataSet, 'settings'>): RecordSchema | undefined {
  if (schema === null) return undefined;
  const text = JSON.stringify(schema);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const [oldest] = compiled.keys();
  if (compiled.size >= MOST_COMPILED && oldest !== undefined) compiled.delete(oldest);
  const fresh = compileKept(schema);
  compiled.set(text, fresh);
  return fresh;
}
