import { Big } from 'big.js';
import { addNumbers, divideNumbers, type NumberValue } from '../numbers/number-value.ts';
import { dateIn, numberIn, periodId, type TransformRow } from './row.ts';

const RATINGS = [1, 2, 3, 4, 5] as const;
const LEAST_RATING = 1;
const RATING_SPAN = 4;

/** (mean rating − 1) / 4; null when nobody answered. */
function scoreOf(row: TransformRow): NumberValue | null {
  const total = numberIn(row, 'total:sum') ?? 0;
  if (Number(total) === 0) return null;
  const weighted = RATINGS.reduce<NumberValue>(
    (sum, rating) => addNumbers(sum, new Big(numberIn(row, `rating_${rating}:sum`) ?? 0).times(rating)),
    0,
  );
  // (weighted / total − 1) / 4, with one division so that it is rounded once.
  const above = new Big(weighted).minus(new Big(total).times(LEAST_RATING));
  return divideNumbers(above, new Big(total).times(RATING_SPAN));
}

/** For each period: the ratings, how many there were, and a score from 0 to 1 (data-sets.md 6). */
export function userSatisfaction(rows: readonly TransformRow[]): TransformRow[] {
  return rows.flatMap((row) => {
    const [start, end] = [dateIn(row, '_start_at'), dateIn(row, '_end_at')];
    if (start === undefined || end === undefined) return [];
    const ratings = RATINGS.map((rating) => [
      `rating_${rating}`,
      numberIn(row, `rating_${rating}:sum`) ?? null,
    ]);
    return [
      {
        _id: periodId(start, end),
        _timestamp: start,
        _start_at: start,
        _end_at: end,
        ...Object.fromEntries(ratings),
        num_responses: numberIn(row, 'total:sum') ?? null,
        score: scoreOf(row),
      },
    ];
  });
}
