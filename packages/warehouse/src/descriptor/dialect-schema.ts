import { z } from 'zod';

/** The oldest descriptors spell these keys in small letters (CSV Dialect before 1.0). */
const OLD_KEYS: Readonly<Record<string, string>> = {
  quotechar: 'quoteChar',
  doublequote: 'doubleQuote',
  lineterminator: 'lineTerminator',
  skipinitialspace: 'skipInitialSpace',
  escapechar: 'escapeChar',
};

function withModernKeys(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [OLD_KEYS[key] ?? key, value]));
}

const rowNumbers = z.array(z.number().int().min(1).max(1000));

/** A key may be null in the old form, which says that there is no such character. */
const character = z.string().length(1);

const dialectShape = z.strictObject({
  $schema: z.string().optional(),
  profile: z.string().optional(),
  name: z.string().optional(),
  title: z.string().optional(),
  description: z.string().optional(),
  type: z
    .enum(['delimited', 'structured', 'spreadsheet'], 'only delimited, structured and spreadsheet are read')
    .optional(),
  csvddfVersion: z.union([z.string(), z.number()]).optional(),
  delimiter: z.string().min(1).max(4).default(','),
  quoteChar: character.nullable().optional(),
  escapeChar: character.nullable().optional(),
  doubleQuote: z.boolean().default(true),
  header: z.boolean().default(true),
  headerRows: rowNumbers.optional(),
  headerJoin: z.string().max(16).default(' '),
  commentRows: rowNumbers.optional(),
  commentChar: z.string().min(1).max(4).nullable().optional(),
  lineTerminator: z.string().min(1).max(4).optional(),
  skipInitialSpace: z.boolean().optional(),
  nullSequence: z.string().nullable().optional(),
  caseSensitiveHeader: z.boolean().default(false),
  property: z.string().min(1).optional(),
  itemType: z.enum(['array', 'object']).optional(),
  itemKeys: z.array(z.string()).min(1).optional(),
  sheetNumber: z.number().int().min(1).optional(),
  sheetName: z.string().optional(),
});

/** CSV Dialect 1.0 skipped spaces after a delimiter unless told not to; 1.2 and Table Dialect do not. */
function skipsSpaceByDefault(version: string | number | undefined): boolean {
  return version !== undefined && Number(version) < 1.2;
}

/**
 * A CSV Dialect (Data Package v1, csvddfVersion 1.0 and 1.2) or Table Dialect (v2); another key is an error.
 * `quoteChar` is "" where nothing quotes.
 */
export const dialectSchema = z.preprocess(
  withModernKeys,
  dialectShape.transform(
    ({ quoteChar, escapeChar, commentChar, nullSequence, skipInitialSpace, ...rest }) => ({
      ...rest,
      // who declares an escape character alone means it instead of quotes
      quoteChar: quoteChar === undefined ? (escapeChar ? '' : '"') : (quoteChar ?? ''),
      escapeChar: escapeChar ?? undefined,
      commentChar: commentChar ?? undefined,
      nullSequence: nullSequence ?? undefined,
      skipInitialSpace: skipInitialSpace ?? skipsSpaceByDefault(rest.csvddfVersion),
    }),
  ),
);

export type Dialect = z.infer<typeof dialectSchema>;
