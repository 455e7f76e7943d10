import { describe, expect, it } from '@jest/globals';
import { transformDefinitionSchema } from './definition.ts';
import { latestDatasetValue, latestTransactionExplorerValues } from './latest-values.ts';
import { findLoop } from './loops.ts';
import { planTransform } from './plan.ts';
import { encodeId } from './row.ts';

const W1 = new Date('2014-01-06T00:00:00Z');
const W2 = new Date('2014-01-13T00:00:00Z');
const W3 = new Date('2014-01-20T00:00:00Z');
/** Base64 of `2014-01-06T00:00:00+00:00_2014-01-13T00:00:00+00:00`, as Backdrop's own output has it. */
const FIRST_WEEK = 'MjAxNC0wMS0wNlQwMDowMDowMCswMDowMF8yMDE0LTAxLTEzVDAwOjAwOjAwKzAwOjAw';
const INPUT = { dataGroup: 'carers', dataType: 'journey' };

function plan(type: string, parameters: object, options: object = {}, more: object = {}, input = INPUT) {
  const definition = {
    type,
    'query-parameters': parameters,
    options,
    output: { 'data-type': 'out' },
    ...more,
  };
  return planTransform(transformDefinitionSchema.parse(definition), input);
}

describe('rate', () => {
  const options = {
    matchingAttribute: 'stage',
    valueAttribute: 'hits:sum',
    numeratorMatcher: '(done|end)$',
    denominatorMatcher: 'start',
  };
  const row = (stage: unknown, value: unknown, start = W1, end = W2) => ({
    ...{ stage, 'hits:sum': value, _start_at: start, _end_at: end },
  });
  const compute = plan('backdrop.transformers.tasks.rate.compute', { period: 'week' }, options).compute;

  it('ends on a pattern whose repetitions are nested, and refuses what only a slow engine knows', () => {
    const nested = plan('rate', { period: 'week' }, { ...options, numeratorMatcher: '(a+)+$' }).compute;
    expect(nested([row('start', 2), row(`${'a'.repeat(5_000)}!`, 1), row('aaa', 1)])).toMatchObject([
      { rate: 0.5 },
    ]);
    for (const numeratorMatcher of ['(?=a)a', '(a)\\1']) {
      expect(() => plan('rate', { period: 'week' }, { ...options, numeratorMatcher })).toThrow(
        'is not a regular expression',
      );
    }
  });

  it('divides the sums of what matches, for each period', () => {
    const rows = [row('start', 8), row('started', 2), row('done', 4), row('xdone', 100), row('end', 1)];
    expect(compute([...rows, row('start', 3, W2, W3), row('done', 1, W2, W3)])).toEqual([
      {
        _id: FIRST_WEEK,
        ...{ _timestamp: W1, _start_at: W1, _end_at: W2, rate: 0.5 },
      },
      expect.objectContaining({ _start_at: W2, rate: expect.anything() }),
    ]);
  });

  it('is null when either side is absent or the denominator is not above 0, and 0 for nothing of something', () => {
    const rateOf = (...rows: object[]) => compute(rows as never)[0]?.rate;
    expect(rateOf(row('start', 5))).toBeNull();
    expect(rateOf(row('done', 5))).toBeNull();
    expect(rateOf(row('start', null), row('done', 5))).toBeNull();
    expect(rateOf(row('start', 0), row('done', 5))).toBeNull();
    expect(rateOf(row('start', 5), row('done', 0))).toBe(0);
    expect(rateOf(row(null, 5), row(7, 5))).toBeNull();
  });

  it('refuses options that it cannot work with, naming them', () => {
    expect(() => plan('rate', { period: 'week' }, { ...options, numeratorMatcher: '(' })).toThrow(
      'options.numeratorMatcher is not a regular expression',
    );
    expect(() => plan('rate', { period: 'week' }, {})).toThrow('options.matchingAttribute');
    expect(() => plan('rate', {}, options)).toThrow('query-parameters.period is missing');
  });
});

describe('user_satisfaction', () => {
  const { compute } = plan('user_satisfaction', { period: 'week' });
  const bounds = { _start_at: W1, _end_at: W2 };

  it('scores the mean rating between 0 and 1', () => {
    const sums = {
      'rating_1:sum': 1,
      'rating_2:sum': 0,
      'rating_3:sum': 2,
      'rating_4:sum': 0,
      'rating_5:sum': 1,
    };
    expect(compute([{ ...bounds, ...sums, 'total:sum': 4 }])).toEqual([
      {
        _id: FIRST_WEEK,
        ...{ _timestamp: W1, ...bounds, num_responses: 4, score: 0.5 },
        ...{ rating_1: 1, rating_2: 0, rating_3: 2, rating_4: 0, rating_5: 1 },
      },
    ]);
  });

  it.each([0, null, undefined])('has no score for a total of %s', (total) => {
    expect(compute([{ ...bounds, 'rating_1:sum': null, 'total:sum': total }])[0]?.score).toBeNull();
  });
});

describe('latest values', () => {
  it('are told of the newest datum once for each dashboard, under the name of the data type', () => {
    const input = { dataGroup: 'carers', dataType: 'completion-rate' };
    const rows = [
      { _timestamp: W2, rate: 0.5 },
      { _timestamp: W1, rate: 0.4 },
    ];
    const latest = (slug: string) => ({
      ...{
        _id: encodeId(slug, 'completion_rate'),
        _timestamp: W2,
        dashboard_slug: slug,
        completion_rate: 0.5,
      },
    });
    expect(latestDatasetValue(rows, input, { dashboards: ['one', 'two'] })).toEqual([
      latest('one'),
      latest('two'),
    ]);
    expect(latestDatasetValue(rows, input, {})).toEqual([latest('carers')]);
    expect(latestDatasetValue([{ _timestamp: W3, rate: null }, ...rows], input, {})).toEqual([]);
    expect(latestDatasetValue([], input, {})).toEqual([]);
    expect(() => plan('latest_dataset_value', {}, {}, {}, INPUT)).toThrow(
      'options.valueAttribute is missing',
    );
  });

  it('are told of six metrics of each service; quarterly ones only where they count', () => {
    const rows = [
      {
        _timestamp: W1,
        service_id: 's',
        type: 'seasonally-adjusted',
        total_cost: 5,
        digital_takeup: 0.1,
        end_at: 'x',
      },
      { _timestamp: W2, service_id: 's', type: 'quarterly', total_cost: 9, digital_takeup: 0 },
      { _timestamp: W1, service_id: 't', type: 'quarterly', total_cost: 9 },
    ];
    const kept = { type: 'seasonally-adjusted', service_id: 's', end_at: 'x' };
    expect(latestTransactionExplorerValues(rows, { dashboards: { s: ['slug'] } })).toEqual([
      {
        ...{ _id: encodeId('slug', 'digital_takeup'), _timestamp: W2, dashboard_slug: 'slug' },
        ...{ digital_takeup: 0, type: 'quarterly', service_id: 's' },
      },
      { _id: encodeId('slug', 'total_cost'), _timestamp: W1, dashboard_slug: 'slug', total_cost: 5, ...kept },
    ]);
  });
});

describe('a definition', () => {
  it.each([
    ['aggregate', {}, {}, 'must have a period or a group_by'],
    ['aggregate', { group_by: 'a' }, {}, 'invalid field name'],
    ['aggregate', { group_by: 'dept', collect: 'nn:set' }, {}, 'does not fit into a record'],
    ['aggregate', { group_by: ['nn_sum'], collect: ['nn:sum'] }, {}, 'two values the key nn_sum'],
    ['aggregate', { group_by: 'dept', flatten: 'false' }, {}, 'flatten is not for transforms'],
    ['aggregate', { period: 'week' }, { every_seconds: 60 }, 'duration is missing'],
    ['aggregate', { period: 'fortnight' }, {}, "'period' must be one of"],
    ['aggregate', { nonsense: 1, group_by: 'dept' }, {}, 'unrecognised parameter'],
  ])('%s of %j %j is refused', (type, parameters, more, message) => {
    expect(() => plan(type, parameters, {}, more)).toThrow(message);
  });

  it('of an unknown kind is refused', () => {
    for (const type of ['mapping', 'backdrop.transformers.tasks.debug.logging', 'constructor', '']) {
      expect(() => plan(type, {})).toThrow('is not one of rate');
    }
  });
});

describe('loops', () => {
  const pair = (dataType: string) => ({ dataGroup: 'g', dataType });
  const edge = (from: string, to: string) => ({ from: pair(from), to: pair(to) });

  it('are found, direct and through others; ways that only cross are none', () => {
    expect(findLoop(pair('a'), [edge('a', 'a')])).toEqual(['g/a', 'g/a']);
    expect(findLoop(pair('a'), [edge('a', 'b'), edge('b', 'c'), edge('c', 'a')])).toHaveLength(4);
    expect(
      findLoop(pair('a'), [edge('a', 'b'), edge('a', 'c'), edge('b', 'd'), edge('c', 'd')]),
    ).toBeUndefined();
    expect(findLoop(pair('a'), [edge('b', 'c'), edge('c', 'b'), edge('a', 'b')])).toBeUndefined();
  });
});
