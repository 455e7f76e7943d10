import { problem } from '@flyloft/common';
import type { z } from 'zod';
import type { DataSet } from '../catalogue/data-set.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Query } from '../query/query.ts';
import { isValidKey } from '../records/keys.ts';
import { aggregate, aggregateKeys } from './aggregate.ts';
import type { TransformDefinition } from './definition.ts';
import {
  explorerOptionsSchema,
  latestDatasetValue,
  latestTransactionExplorerValues,
  latestValueOptionsSchema,
  VALUE_BY_DATA_TYPE,
} from './latest-values.ts';
import { rate, rateOptionsSchema } from './rate.ts';
import type { TransformRow } from './row.ts';
import { userSatisfaction } from './user-satisfaction.ts';

/** A checked transform, ready to run. */
export interface TransformPlan {
  /** Without bounds, unless `hasOwnWindow`. */
  readonly query: Query;
  /** The query says itself which time it is about; otherwise it is about what was written. */
  readonly hasOwnWindow: boolean;
  readonly compute: (rows: readonly TransformRow[]) => TransformRow[];
  /** A row is dropped when the output has a newer one of its id: the input was filled in backwards. */
  readonly keepsNewest: boolean;
  readonly additionalFields: Readonly<Record<string, unknown>>;
}

function refuse(detail: string): Error {
  return problem('invalid_parameter', detail);
}

function checked<Schema extends z.ZodType>(schema: Schema, options: unknown): z.output<Schema> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw refuse(`options.${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not valid'}`);
}

const WINDOW_PARAMETERS = ['start_at', 'end_at', 'duration'];
const OUR_PARAMETERS = ['flatten', 'inclusive', 'format', 'page', 'page_size', 'safe'];

/** Any bounds at all: they make a query whole for the parser, and are replaced at each run. */
const SOME_WINDOW: readonly [string, string][] = [
  ['start_at', '2000-01-01T00:00:00Z'],
  ['end_at', '2000-01-01T00:00:00Z'],
];

function readTransformQuery(parameters: TransformDefinition['query-parameters']) {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((item): [string, string] => [name, String(item)]),
  );
  const ours = pairs.find(([name]) => OUR_PARAMETERS.includes(name));
  if (ours) throw refuse(`query-parameters.${ours[0]} is not for transforms to set`);
  const hasOwnWindow = pairs.some(([name]) => WINDOW_PARAMETERS.includes(name));
  const search = new URLSearchParams([...pairs, ...(hasOwnWindow ? [] : SOME_WINDOW), ['flatten', 'true']]);
  const parsed = parseQuery(search.toString(), { rawQueriesAllowed: true });
  if (hasOwnWindow) return { query: parsed, hasOwnWindow };
  const { startAt: _start, endAt: _end, ...query } = parsed;
  return { query, hasOwnWindow };
}

function computation(
  { type, options }: TransformDefinition,
  query: Query,
  input: Pick<DataSet, 'dataGroup' | 'dataType'>,
): TransformPlan['compute'] {
  const needsPeriod = type.function === 'rate' || type.function === 'user_satisfaction';
  if (needsPeriod && query.period === undefined) throw refuse('query-parameters.period is missing');
  switch (type.function) {
    case 'rate': {
      const rateOptions = checked(rateOptionsSchema, options);
      return (rows) => rate(rows, rateOptions);
    }
    case 'user_satisfaction':
      return userSatisfaction;
    case 'latest_dataset_value': {
      const latest = checked(latestValueOptionsSchema, options);
      if (latest.valueAttribute === undefined && !VALUE_BY_DATA_TYPE.has(input.dataType)) {
        throw refuse(`options.valueAttribute is missing: a ${input.dataType} has no known value`);
      }
      return (rows) => latestDatasetValue(rows, input, latest);
    }
    case 'latest_transaction_explorer_values': {
      const explorer = checked(explorerOptionsSchema, options);
      return (rows) => latestTransactionExplorerValues(rows, explorer);
    }
    case 'aggregate': {
      checkAggregate(query);
      return (rows) => aggregate(rows, query);
    }
  }
}

function checkAggregate(query: Query): void {
  if (query.period === undefined && query.groupBy.length === 0) {
    throw refuse('query-parameters must have a period or a group_by to aggregate');
  }
  if (query.collect.some(({ method }) => method === 'set')) {
    throw refuse('query-parameters.collect: a set of values does not fit into a record');
  }
  const keys = aggregateKeys(query);
  const clash = keys.find((key, index) => keys.indexOf(key) !== index || !isValidKey(key));
  if (clash !== undefined) throw refuse(`query-parameters give two values the key ${clash}`);
}

/**
 * Checks a transform as a whole.
 * @throws {ProblemError} 400 naming what is wrong, in the words of section 4.2 for its query.
 */
export function planTransform(
  definition: TransformDefinition,
  input: Pick<DataSet, 'dataGroup' | 'dataType'>,
): TransformPlan {
  const { query, hasOwnWindow } = readTransformQuery(definition['query-parameters']);
  const compute = computation(definition, query, input);
  const byClock = definition.every_seconds !== null;
  if (byClock && query.period !== undefined && !hasOwnWindow) {
    throw refuse('query-parameters.duration is missing: by the clock nothing tells which time is meant');
  }
  if (byClock && query.period === undefined && !hasOwnWindow && definition.type.function !== 'aggregate') {
    throw refuse('every_seconds needs a query with a time of its own');
  }
  const { additionalFields = {} } = definition.options;
  if (typeof additionalFields !== 'object' || additionalFields === null || Array.isArray(additionalFields)) {
    throw refuse('options.additionalFields must be an object');
  }
  return {
    ...{ query, hasOwnWindow, compute },
    keepsNewest: definition.type.function.startsWith('latest_'),
    additionalFields: { ...additionalFields },
  };
}
