import { BENCH_ENGINES, type BenchEngine, CONNECTIONS, inParallel } from '../harness/data-set-engines.ts';
import { createBenchDataSet } from '../harness/data-set-services.ts';
import { EVENT_CHANNELS, EVENT_WEEKS, eventBatches, WEEKLY_QUERY } from '../harness/events.ts';
import { call } from '../harness/platform.ts';
import type { CaseResult, Comparison } from '../harness/report.ts';
import { median, secondsOf } from '../harness/statistics.ts';

const SIZES = [10_000, 100_000, 1_000_000];
/** One size alone, kept in a file of its own. */
const ONE_SIZE = process.env.BENCH_RECORDS === undefined ? undefined : Number(process.env.BENCH_RECORDS);
/** One engine alone: `postgres` or `mongo`. */
const ONE_ENGINE = process.env.BENCH_ENGINE;
const ROUNDS = 5;
/** Of sizes that take seconds to compute. */
const ROUNDS_OF_LARGE = 3;
const LARGE = 2_000_000;
/** What data-sets.md A7 names its target for: of fewer records the round trip is most of it. */
const NAMED = 1_000_000;
const MOST_DOWNLOADED = 1_000_000;
/** The first questions to a process that was just started, whose code is not compiled yet. */
const FIRST_REPEATS = 20;
/** So many questions compile what answers them; until then each of them is faster than the one before. */
const WARM_UP = 400;
const REPEATS = 100;
/** Late records come into so many hours of one day. */
const HOURS = 20;
/** Batches that both sides of a write comparison store in a round. */
const BATCHES = 40;
/** Each takes a second; what else a machine does falls on one side or the other. */
const WRITE_ROUNDS = 12;

async function writes({
  name,
  services,
  peerName,
  peerWrite,
  writeTarget,
  writeNote,
}: BenchEngine): Promise<Comparison> {
  const ours: number[] = [];
  const theirs: number[] = [];
  const headers = await createBenchDataSet(services, 'writes');
  const post = (body: string) =>
    call(`${services.writeUrl}/data/bench/writes`, { method: 'POST', headers, body });
  // The first round warms both sides up: the table is made, the code compiled.
  for (let round = 0; round <= WRITE_ROUNDS; round += 1) {
    // new ids in each round
    const batches = [...eventBatches(BATCHES * 1_000)].map((batch) =>
      batch.replaceAll('"event-', `"event-${round}-`),
    );
    const rate = (seconds: number) => (BATCHES * 1_000) / seconds;
    const sides = [
      { rates: ours, store: () => inParallel(batches, post) },
      { rates: theirs, store: () => peerWrite(batches) },
    ];
    // Each side goes first every second time.
    if (round % 2 === 1) sides.reverse();
    for (const { rates, store } of sides) {
      const measured = rate(await secondsOf(store));
      if (round > 0) rates.push(measured);
    }
  }
  return {
    name: `${name}: records stored in batches of 1,000, ${CONNECTIONS} connections`,
    peer: peerName,
    unit: 'per second',
    ours,
    theirs,
    target: writeTarget,
    note: writeNote,
  };
}

/** Times the weekly query as it is asked first, again, and after one more record; and a download of a million records. */
async function reads(
  engine: BenchEngine,
  size: number,
  facts: Record<string, number>,
): Promise<Comparison[]> {
  const { name, services } = engine;
  const type = `events-${size}`;
  const headers = await createBenchDataSet(services, type);
  const address = `${services.writeUrl}/data/bench/${type}`;
  const post = (body: string) => call(address, { method: 'POST', headers, body });
  const query = `${services.readUrl}/data/bench/${type}?${WEEKLY_QUERY}`;
  await inParallel(eventBatches(size), post);
  await engine.settle(type);
  // The first size begins with a process that has answered nothing yet.
  const timed = async (count: number, before: () => Promise<unknown> = async () => undefined) => {
    const seconds: number[] = [];
    for (let time = 0; time < count; time += 1) {
      await before();
      seconds.push(await secondsOf(() => call(query)));
    }
    return seconds;
  };
  let late = 0;
  const writeOne = async () => {
    late += 1;
    const _timestamp = new Date(Date.UTC(2023, 5, 1, late % HOURS)).toISOString();
    await post(JSON.stringify({ _id: `late-${late}`, _timestamp, channel: 'channel-1', visits: 1 }));
  };
  const cold: number[] = [];
  const byHand: number[] = [];
  const rounds = size > LARGE ? ROUNDS_OF_LARGE : ROUNDS;
  for (let round = 0; round < rounds; round += 1) {
    await engine.forget();
    cold.push(await secondsOf(() => call(query)));
    byHand.push(await secondsOf(() => engine.byHand(type)));
  }
  const firstRepeated = await timed(FIRST_REPEATS);
  await timed(WARM_UP);
  const repeated = await timed(REPEATS);
  const firstAfterWrite = await timed(FIRST_REPEATS, writeOne);
  await timed(WARM_UP / 2, writeOne);
  const afterWrite = await timed(REPEATS, writeOne);
  const downloaded = Math.min(size, MOST_DOWNLOADED);
  const download = await secondsOf(async () => {
    const answer = await fetch(`${services.readUrl}/data/bench/${type}?format=ndjson&limit=${downloaded}`);
    for await (const _chunk of answer.body ?? []);
  });
  const milliseconds = (seconds: readonly number[]) => Number((median(seconds) * 1_000).toFixed(1));
  const label = `${name}, ${size} records`;
  facts[`${label}: repeated, ms (target ≤ 5)`] = milliseconds(repeated);
  facts[`${label}: repeated, the first ${FIRST_REPEATS} times, ms`] = milliseconds(firstRepeated);
  facts[`${label}: after one more record, ms (target ≤ 10)`] = milliseconds(afterWrite);
  facts[`${label}: after one more record, the first ${FIRST_REPEATS} times, ms`] =
    milliseconds(firstAfterWrite);
  facts[`${label}: NDJSON of ${downloaded} records, s`] = Number(download.toFixed(2));
  facts[`${label}: NDJSON, records per second`] = Math.round(downloaded / download);
  const memory = await services.mostMemory();
  facts[`${label}: most memory of read-api until now, MB (target 256)`] = memory.read;
  facts[`${label}: most memory of write-api until now, MB (target 256)`] = memory.write;
  const against = { peer: 'the same aggregate by hand', unit: 'seconds' as const };
  return [
    {
      name: `${label}: weekly query asked first`,
      ...against,
      ours: cold,
      theirs: byHand,
      ...(size >= NAMED && { target: '≤ 1.2' }),
      note: engine.coldNote,
    },
    { name: `${label}: asked again`, ...against, ours: repeated.slice(0, rounds), theirs: byHand },
    {
      name: `${label}: after one more record`,
      ...against,
      ours: afterWrite.slice(0, rounds),
      theirs: byHand,
    },
  ];
}

/**
 * Writing and reading data sets on both engines, by size. `BENCH_RECORDS=5000000` reads that size alone, which takes a
 * quarter of an hour; `BENCH_ENGINE=postgres` or `mongo` one engine alone.
 */
export async function dataSets(): Promise<CaseResult> {
  const comparisons: Comparison[] = [];
  const facts: Record<string, number> = {
    'rows of the weekly answer': EVENT_WEEKS * EVENT_CHANNELS,
  };
  for (const [engineName, start] of Object.entries(BENCH_ENGINES)) {
    if (ONE_ENGINE !== undefined && ONE_ENGINE !== engineName) continue;
    const engine = await start();
    try {
      if (ONE_SIZE === undefined) comparisons.push(await writes(engine));
      for (const size of ONE_SIZE === undefined ? SIZES : [ONE_SIZE]) {
        comparisons.push(...(await reads(engine, size, facts)));
      }
    } finally {
      await engine.stop();
    }
  }
  const name = ['data-sets', ONE_SIZE, ONE_ENGINE].filter((part) => part !== undefined).join('-');
  return { case: name, comparisons, facts };
}
