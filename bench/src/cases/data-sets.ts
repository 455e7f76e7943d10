import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort, migratePlatform, startMongo } from '@flyloft/local';
import mongoose from 'mongoose';
import { Client } from 'pg';
import { endWhenDone, whenDone } from '../harness/clean-up.ts';
import {
  createBenchDataSet,
  type DataSetServices,
  startDataSetServices,
} from '../harness/data-set-services.ts';
import {
  type BenchEvent,
  EVENT_CHANNELS,
  EVENT_WEEKS,
  eventBatches,
  WEEKLY_QUERY,
} from '../harness/events.ts';
import { call } from '../harness/platform.ts';
import type { CaseResult, Comparison } from '../harness/report.ts';
import { median, secondsOf } from '../harness/statistics.ts';
import { temporaryFolder, temporaryPostgres } from '../harness/temporary.ts';

const SIZES = [10_000, 100_000, 1_000_000];
/** One size alone, kept in a file of its own. */
const ONE_SIZE = process.env.BENCH_RECORDS === undefined ? undefined : Number(process.env.BENCH_RECORDS);
/** One engine alone: `postgres` or `mongo`. */
const ONE_ENGINE = process.env.BENCH_ENGINE;
const ROUNDS = 5;
/** Of sizes that take seconds to compute. */
const ROUNDS_OF_LARGE = 3;
const LARGE = 2_000_000;
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
const CONNECTIONS = 4;

/** What a case needs of an engine. */
interface BenchEngine {
  readonly name: string;
  readonly services: DataSetServices;
  /** The weekly aggregate written by hand over the same records. */
  readonly byHand: (type: string) => Promise<number>;
  /** Forgets every kept answer, so that a question is new again. */
  readonly forget: () => Promise<void>;
  /** Lets the engine look at what was written, as it does by itself after a minute. */
  readonly settle: (type: string) => Promise<void>;
  readonly peerName: string;
  readonly writeTarget: string;
  readonly writeNote: string;
  readonly coldNote: string;
  /** Stores these batches the peer's way. */
  readonly peerWrite: (batches: readonly string[]) => Promise<void>;
  readonly stop: () => Promise<void>;
}

async function inParallel(
  batches: Iterable<string>,
  send: (batch: string) => Promise<unknown>,
): Promise<void> {
  const queue = batches[Symbol.iterator]();
  const lane = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await send(next.value);
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, lane));
}

async function onPostgres(): Promise<BenchEngine> {
  const postgres = await temporaryPostgres();
  await migratePlatform(postgres.url);
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  await client.query('CREATE TABLE plain_records (id text PRIMARY KEY, timestamp timestamptz, record jsonb)');
  const services = await startDataSetServices({ DATABASE_URL: postgres.url });
  const port = await freePort();
  const peer = fork(join(import.meta.dirname, '../harness/plain-upsert-server.js'), [
    String(port),
    postgres.url,
  ]);
  const stopPeer = endWhenDone(peer);
  await once(peer, 'message');
  const tableOf = async (type: string) => {
    const { rows } = await client.query<{ id: string; layout: Record<string, { column: string }> }>(
      'SELECT id, layout FROM data_sets.data_sets WHERE data_type = $1',
      [type],
    );
    const row = rows[0];
    if (row === undefined) throw new Error(`${type} is missing`);
    return { table: `data_sets.records_${row.id}`, column: (key: string) => row.layout[key]?.column };
  };
  return {
    name: 'PostgreSQL',
    services,
    byHand: async (type) => {
      const { table, column } = await tableOf(type);
      const { rows } = await client.query(
        `SELECT date_bin('7 days', timestamp, timestamptz '1970-01-05T00:00:00Z') AS week, ${column('channel')},
                count(*), sum(${column('visits')}) FROM ${table} GROUP BY 1, 2`,
      );
      return rows.length;
    },
    forget: async () => void (await client.query('DELETE FROM kept_answers.shapes')),
    settle: async (type) => void (await client.query(`VACUUM ANALYZE ${(await tableOf(type)).table}`)),
    peerName: 'plain Express + pg upsert of (id, timestamp, jsonb)',
    writeTarget: '≥ 1.0',
    writeNote:
      'ours checks every key and value of a record, keeps them in typed columns with an index by time, and says which periods it touched',
    coldNote: 'beside the sum its values are counted, for a record may have none; then the parts are saved',
    peerWrite: (batches) =>
      inParallel(batches, (body) =>
        call(`http://127.0.0.1:${port}/`, {
          method: 'POST',
          body,
          headers: { 'Content-Type': 'application/json' },
        }),
      ),
    stop: async () => {
      await stopPeer();
      await services.stop();
      await client.end();
    },
  };
}

async function onMongo(): Promise<BenchEngine> {
  const mongo = await startMongo({ dataFolder: await temporaryFolder('mongo'), port: await freePort() });
  whenDone(mongo.stop);
  const url = new URL(mongo.url);
  url.pathname = '/bench';
  const connection = await mongoose.createConnection(url.href).asPromise();
  const services = await startDataSetServices({ MONGO_URL: url.href });
  const recordsOf = async (type: string) => {
    const dataSet = await connection.collection('data_sets').findOne({ data_type: type });
    return connection.collection(`records_${dataSet?._id.toHexString()}`);
  };
  return {
    name: 'MongoDB',
    services,
    byHand: async (type) => {
      const groups = await (await recordsOf(type))
        .aggregate([
          {
            $group: {
              _id: { week: '$_week_start_at', channel: '$channel' },
              count: { $sum: 1 },
              visits: { $sum: '$visits' },
            },
          },
        ])
        .toArray();
      return groups.length;
    },
    forget: async () => {
      await connection.collection('kept_shapes').deleteMany({});
      await connection.collection('kept_parts').deleteMany({});
    },
    settle: async () => undefined,
    peerName: "the raw driver's bulk upsert",
    writeTarget: '≥ 0.8',
    writeNote:
      'ours is a transaction that looks for known ids first, inserts, and notes which periods it touched',
    coldNote:
      'beside the sum a mean tells whether every value was an integer, so that it is exact; then the parts are saved',
    peerWrite: (batches) =>
      inParallel(batches, async (batch) => {
        // our own events
        const events = JSON.parse(batch) as BenchEvent[];
        await connection.collection<{ _id: string }>('plain_records').bulkWrite(
          events.map((event) => ({
            replaceOne: {
              filter: { _id: event._id },
              replacement: { ...event, _timestamp: new Date(event._timestamp) },
              upsert: true,
            },
          })),
          { ordered: false },
        );
      }),
    stop: async () => {
      await services.stop();
      await connection.close();
    },
  };
}

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
      target: '≤ 1.2',
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
  const engines = { postgres: onPostgres, mongo: onMongo };
  for (const [engineName, start] of Object.entries(engines)) {
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
