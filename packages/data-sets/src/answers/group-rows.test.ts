import { expect, it } from '@jest/globals';
import { parseQuery } from '../query/parse-query.ts';
import { flatRows } from './group-rows.ts';

it('a limit of flat rows keeps the first periods of the first key, in whatever order an engine found them', () => {
  const starts = ['2014-01-06', '2014-01-13', '2014-01-20'].map((day) => new Date(day));
  const range = 'start_at=2014-01-06T00:00:00Z&end_at=2014-01-27T00:00:00Z';
  const query = parseQuery(`period=week&${range}&group_by=dept&flatten=true&limit=1`, {
    rawQueriesAllowed: true,
  });
  const totals = new Map();
  const groups = starts.map((start, index) => ({
    start,
    keys: ['a'],
    count: index + 1,
    totals,
    tallies: totals,
  }));
  for (const found of [groups, [...groups].reverse()]) {
    expect(flatRows(query, 'week', starts, found, 100)).toMatchObject([
      { dept: 'a', _start_at: starts[0], _count: 1 },
      { dept: 'a', _start_at: starts[1], _count: 0 },
      { dept: 'a', _start_at: starts[2], _count: 0 },
    ]);
  }
});
