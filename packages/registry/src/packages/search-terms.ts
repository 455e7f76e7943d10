import { createHash } from 'node:crypto';
import { hideDomains } from './author.ts';
import type { JsonObject } from './published-package.ts';
import type { FilterValue } from './search.ts';

/** What a search finds a package by: the registry document, but for what changes without a new descriptor. */
export interface SearchableDocument {
  readonly id: string;
  readonly originUrl: string;
  readonly dataset: string;
  readonly owner: string;
  readonly descriptor: JsonObject;
}

/** Paths that are compared as whole texts (packages.md 4); all others match by word. */
const EXACT = new Set(['id', 'origin_url', 'dataset', 'package.author', 'package.owner', 'package.cityCode']);
/** Never searched, or found by a column of their own. */
const NOT_INDEXED = ['package.model', 'package.resources.schema', 'package.private', 'package.defaultParams'];

/** What `q` looks into, and how much a match there weighs: PostgreSQL's A is ten times its D. */
const TEXT_FIELDS: Readonly<Record<string, 'A' | 'B' | 'D'>> = {
  'package.title': 'A',
  'package.author': 'B',
  'package.owner': 'B',
  'package.regionCode': 'B',
  'package.countryCode': 'B',
  'package.cityCode': 'B',
  'package.description': 'D',
};

/** A tsvector may have a megabyte; a descriptor of thousands of fields is found by the first of them. */
const MAX_TERMS = 4_000;
const MAX_TERM_LENGTH = 200;
/** Of a query; the rest of a longer one is not looked for. */
const MAX_WORDS = 32;

/** Lower-case runs of letters and digits, in every script. */
function wordsOf(text: string): string[] {
  return [...new Set(text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])];
}

/** Two long texts that differ only late must not look alike. */
function shortened(term: string): string {
  if (Buffer.byteLength(term) <= MAX_TERM_LENGTH) return term;
  return `sha256:${createHash('sha256').update(term).digest('hex')}`;
}

const isScalar = (value: unknown): value is FilterValue =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const tokensOf = (path: string, value: FilterValue) =>
  typeof value === 'string' && !EXACT.has(path) ? wordsOf(value) : [String(value)];

/** The terms of which any in a package makes one value of a filter match. */
export function filterTerms(path: string, value: FilterValue): string[] {
  // Authors are kept with hidden domains; who asks by the whole address means the same person.
  const asked = path === 'package.author' && typeof value === 'string' ? hideDomains(value) : value;
  return tokensOf(path, asked).map((token) => shortened(`${path}=${token}`));
}

/** The terms of which any in a package makes a query match; a word in a text, or the whole of an exact one. */
export function textTerms(text: string): string[] {
  const tokens = new Set([...wordsOf(text).slice(0, MAX_WORDS), hideDomains(text)]);
  return [...tokens].map((word) => shortened(`q=${word}`));
}

function* scalarsOf(value: unknown, path: string): Generator<readonly [string, FilterValue]> {
  if (NOT_INDEXED.includes(path)) return;
  if (isScalar(value)) yield [path, value];
  // As in a search index of documents, the members of a list all stand at the list's own path.
  else if (Array.isArray(value)) for (const member of value) yield* scalarsOf(member, path);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) yield* scalarsOf(member, `${path}.${key}`);
  }
}

function* termsOf(path: string, value: FilterValue): Generator<readonly [string, string]> {
  const weight = Object.hasOwn(TEXT_FIELDS, path) ? TEXT_FIELDS[path] : undefined;
  if (weight !== undefined) {
    for (const word of tokensOf(path, value)) yield [shortened(`q=${word}`), weight];
  }
  for (const token of tokensOf(path, value)) yield [shortened(`${path}=${token}`), 'D'];
}

/** The lexeme in the notation of PostgreSQL's tsvector and tsquery. */
export function quoted(term: string): string {
  // A null character is in no text of PostgreSQL.
  return `'${term.replaceAll('\u0000', ' ').replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The number that stands for a term where packages are looked through: the first 64 bits of its SHA-256. */
export function termHash(term: string): string {
  return createHash('sha256').update(term).digest().readBigInt64BE().toString();
}

/** Everything that finds a package: the hashes of its terms, and the terms as the text of a tsvector. */
export interface SearchTerms {
  readonly hashes: readonly string[];
  readonly vector: string;
}

export function searchTerms({ id, originUrl, dataset, owner, descriptor }: SearchableDocument): SearchTerms {
  const terms = new Map<string, string>();
  const scalars = [
    ['id', id] as const,
    ['origin_url', originUrl] as const,
    ['dataset', dataset] as const,
    ...scalarsOf({ ...descriptor, owner }, 'package'),
  ];
  for (const [path, value] of scalars) {
    for (const [term, weight] of termsOf(path, value)) {
      if (terms.size >= MAX_TERMS && !terms.has(term)) break;
      const known = terms.get(term);
      if (known === undefined || weight < known) terms.set(term, weight);
    }
  }
  return {
    hashes: [...terms.keys()].map(termHash),
    vector: [...terms].map(([term, weight]) => `${quoted(term)}:1${weight}`).join(' '),
  };
}
