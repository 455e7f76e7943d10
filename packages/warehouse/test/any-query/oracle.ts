import type { Data, Fact, Value } from './cube.ts';
import { decimalOf } from './cube.ts';
import type { Aggregate, Cut, Order, Question, Reference } from './question.ts';

/**
 * The answers of cubes.md part A and 5.4, computed one fact after the other, in whole numbers: slow, and
 * with nothing of how the engine does it. Values are JSON texts.
 */

type JoinedFact = { readonly fact: Fact; readonly place?: Value[]; readonly origin?: Value[] };
type Texts = Readonly<Record<string, string>>;

const POSITIONS: Readonly<Record<string, number>> = { code: 0, name: 1, size: 2 };

function cellOf({ table, name }: Reference, { fact, place, origin }: JoinedFact): Value {
  if (table === 'facts') return fact[name as keyof Fact];
  return (table === 'place' ? place : origin)?.[POSITIONS[name] ?? -1] ?? null;
}

/** Facts without a row in the tables of these columns drop out (5.4, inner joins). */
function joined({ facts, places }: Data, columns: readonly Reference[]): JoinedFact[] {
  const tables = new Set(columns.map(({ table }) => table));
  return facts.flatMap((fact) => {
    let found: JoinedFact = { fact };
    for (const table of ['place', 'origin'] as const) {
      if (!tables.has(table)) continue;
      const row = places.find(({ code }) => code === fact[table]);
      if (row === undefined) return [];
      found = { ...found, [table]: [row.code, row.name, row.size] };
    }
    return [found];
  });
}

const codePoints = (text: string) => Buffer.from(text, 'utf8');

/** Two values that are there; text by code point (part A). */
function compareThere(a: NonNullable<Value>, b: NonNullable<Value>): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(codePoints(a), codePoints(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** NULLs come last in both directions (5.3). */
function compare(a: Value, b: Value, direction: 'asc' | 'desc' = 'asc'): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return direction === 'asc' ? compareThere(a, b) : -compareThere(a, b);
}

/** The value of a cut and that of a column on one scale. */
function comparable(text: string, value: NonNullable<Value>, { kind, scale }: Reference) {
  if (kind === 'boolean') return [text.toLowerCase() === 'true', value] as const;
  if (typeof value !== 'bigint') return [text, value] as const;
  const [whole = '', fraction = ''] = text.split('.');
  const digits = Math.max(fraction.length, kind === 'decimal' ? scale : 0);
  const own = kind === 'decimal' ? digits - scale : digits;
  const sign = text.startsWith('-') ? -1n : 1n;
  const size = BigInt(whole.replace('-', '') + fraction.padEnd(digits, '0'));
  return [sign * size, value * 10n ** BigInt(own)] as const;
}

function matches(value: Value, { column, condition }: Cut): boolean {
  if (condition.kind === 'null') return value === null;
  if (value === null) return condition.kind === 'not-in';
  const against = (text: string) => {
    const [wanted, is] = comparable(text, value, column);
    return compareThere(is, wanted);
  };
  if (condition.kind === 'range') {
    const { low, high } = condition;
    return (low === undefined || against(low) >= 0) && (high === undefined || against(high) <= 0);
  }
  if (condition.kind === 'in') return condition.values.some((text) => against(text) === 0);
  return condition.values.every((text) => against(text) !== 0);
}

function cutFacts(data: Data, cuts: readonly Cut[], columns: readonly Reference[]): JoinedFact[] {
  const all = joined(data, [...columns, ...cuts.map(({ column }) => column)]);
  return all.filter((fact) => cuts.every((cut) => matches(cellOf(cut.column, fact), cut)));
}

function jsonOf(value: Value, { kind, scale }: Pick<Reference, 'kind' | 'scale'>): string {
  if (typeof value === 'bigint') return decimalOf(value, kind === 'decimal' ? scale : 0);
  return JSON.stringify(value);
}

/** Halves away from zero. */
function divided(sum: bigint, count: bigint): bigint {
  const size = ((sum < 0n ? -sum : sum) * 2n + count) / (count * 2n);
  return sum < 0n ? -size : size;
}

const EXTRA = 6;

/** An aggregate's value with what it is written with. */
function aggregated({ measure, function: name }: Aggregate, facts: readonly JoinedFact[]) {
  const integer = { kind: 'integer', scale: 0 } as const;
  if (measure === undefined) return { value: BigInt(facts.length), ...integer };
  const values = facts.flatMap((fact) => {
    const value = cellOf(measure, fact);
    return typeof value === 'bigint' ? [value] : [];
  });
  if (name === 'count') return { value: BigInt(values.length), ...integer };
  const { kind, scale } = measure;
  const [first] = values;
  if (first === undefined) return { value: null, kind, scale };
  const sum = values.reduce((total, value) => total + value, 0n);
  if (name === 'avg') {
    const own = kind === 'decimal' ? scale : 0;
    const value = divided(sum * 10n ** BigInt(EXTRA), BigInt(values.length));
    return { value, kind: 'decimal' as const, scale: own + EXTRA };
  }
  if (name === 'sum') return { value: sum, kind, scale };
  const value = values.reduce((best, other) => ((name === 'min') === other < best ? other : best), first);
  return { value, kind, scale };
}

interface Line {
  readonly values: ReadonlyMap<string, Value>;
  readonly texts: Texts;
}

function lineOf(entries: readonly (readonly [string, Value, Pick<Reference, 'kind' | 'scale'>])[]): Line {
  return {
    values: new Map(entries.map(([ref, value]) => [ref, value])),
    texts: Object.fromEntries(entries.map(([ref, value, column]) => [ref, jsonOf(value, column)])),
  };
}

function pageOf(lines: Line[], order: readonly Order[], ties: readonly Order[], question: Question): Texts[] {
  const value = (line: Line, ref: string) => line.values.get(ref) ?? null;
  const sorted = [...lines].sort((a, b) => {
    for (const { ref, direction } of [...order, ...ties]) {
      const difference = compare(value(a, ref), value(b, ref), direction);
      if (difference !== 0) return difference;
    }
    return 0;
  });
  const first = (question.page - 1) * question.pageSize;
  return sorted.slice(first, first + question.pageSize).map(({ texts }) => texts);
}

const ascending = (columns: readonly Reference[]) =>
  columns.map(({ ref }): Order => ({ ref, direction: 'asc' }));

function groupsOf(facts: readonly JoinedFact[], keys: readonly Reference[]): JoinedFact[][] {
  const groups = new Map<string, JoinedFact[]>();
  for (const fact of facts) {
    const key = JSON.stringify(keys.map((column) => jsonOf(cellOf(column, fact), column)));
    groups.set(key, [...(groups.get(key) ?? []), fact]);
  }
  return [...groups.values()];
}

export function aggregateAnswer(data: Data, question: Question) {
  const { drilldown, aggregates, cuts } = question;
  const line = (keys: readonly Reference[], facts: readonly JoinedFact[]): Line =>
    lineOf([
      ...keys.flatMap((key) => (facts[0] ? [[key.ref, cellOf(key, facts[0]), key] as const] : [])),
      ...aggregates.map((aggregate) => {
        const { value, kind, scale } = aggregated(aggregate, facts);
        return [aggregate.ref, value, { kind, scale }] as const;
      }),
    ]);
  const summary = line([], cutFacts(data, cuts, []));
  const lines =
    drilldown.length === 0
      ? [summary]
      : groupsOf(cutFacts(data, cuts, drilldown), drilldown).map((facts) => line(drilldown, facts));
  const cells = pageOf(lines, question.order, ascending(drilldown), question);
  return { total: lines.length, cells, summary: summary.texts };
}

/** Facts by the order, those that are equal in it as they were loaded. */
export function factsAnswer(data: Data, question: Question, fields: readonly Reference[]) {
  const { cuts } = question;
  const order = question.order.length > 0 ? question.order : ascending(fields);
  const lines = cutFacts(data, cuts, fields).map((fact) =>
    lineOf(fields.map((field) => [field.ref, cellOf(field, fact), field] as const)),
  );
  return { total: cutFacts(data, cuts, []).length, data: pageOf(lines, order, [], question) };
}

/** The distinct values of a key with the greatest of the others; all of a dimension's table without cuts elsewhere. */
export function membersAnswer(data: Data, question: Question, fields: readonly Reference[]) {
  const [key] = fields;
  if (key === undefined) throw new Error('members of nothing');
  const { table } = key;
  const isAlone = table !== 'facts' && question.cuts.every(({ column }) => column.table === table);
  const rows: JoinedFact[] = isAlone
    ? data.places.map(({ code, name, size }) => ({ fact: {} as Fact, [table]: [code, name, size] }))
    : joined(data, [...fields, ...question.cuts.map(({ column }) => column)]);
  const there = rows.filter((row) => question.cuts.every((cut) => matches(cellOf(cut.column, row), cut)));
  const greatest = (facts: readonly JoinedFact[], field: Reference) =>
    facts
      .map((fact) => cellOf(field, fact))
      .reduce(
        (best, value) => (best === null || (value !== null && compareThere(value, best) > 0) ? value : best),
        null,
      );
  const lines = groupsOf(there, [key]).map((facts) =>
    lineOf(fields.map((field) => [field.ref, greatest(facts, field), field] as const)),
  );
  const order = question.order.length > 0 ? question.order : ascending(fields);
  return { total: lines.length, data: pageOf(lines, order, ascending([key]), question) };
}
