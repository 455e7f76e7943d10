import { fresh, QUESTIONS } from './cube-questions.ts';
import { secondsOf } from './statistics.ts';

const SECONDS_OF_LOAD = 4;

/** Status and code of a refusal, such as `503 unavailable`; undefined for an answer. */
export async function refusalOf(url: string, headers: Record<string, string>): Promise<string | undefined> {
  const answer = await fetch(url, { headers });
  const text = await answer.text();
  if (answer.ok) return undefined;
  // the error body of cubes.md 5.4
  return `${answer.status} ${(JSON.parse(text) as { code: string }).code}`;
}

/** Every connection asks new questions of all kinds, one after the other; a refusal is counted, and no answer. */
export async function underLoad(
  connections: number,
  cube: string,
  headers: Record<string, string>,
): Promise<string> {
  const seconds: number[] = [];
  const refusals = new Map<string, number>();
  const begin = Date.now();
  const lane = async (first: number) => {
    for (let turn = first; Date.now() < begin + SECONDS_OF_LOAD * 1000; turn += 1) {
      const question = QUESTIONS[turn % QUESTIONS.length];
      if (question === undefined) continue;
      let refusal: string | undefined;
      const took = await secondsOf(async () => {
        refusal = await refusalOf(`${cube}/${fresh(question)}`, headers);
      });
      if (refusal === undefined) seconds.push(took);
      else refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => lane(index)));
  // The last questions end after the time is over: they count, and so does the time that they took.
  const perSecond = (seconds.length * 1000) / (Date.now() - begin);
  const sorted = seconds.sort((a, b) => a - b);
  const milliseconds = (share: number) =>
    ((sorted[Math.floor(sorted.length * share)] ?? 0) * 1000).toFixed(0);
  const refused = [...refusals].map(([which, count]) => `, ${count} × ${which}`).join('');
  return `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} answers/s, median ${milliseconds(0.5)} ms, p95 ${milliseconds(0.95)} ms${refused}`;
}
