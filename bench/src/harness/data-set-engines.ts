import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort, migratePlatform, startMongo } from '@flyloft/local';
import mongoose from 'mongoose';
import { Client } from 'pg';
import { endWhenDone, whenDone } from './clean-up.ts';
import { type DataSetServices, startDataSetServices } from './data-set-services.ts';
import type { BenchEvent } from './events.ts';
import { call } from './platform.ts';
import { temporaryFolder, temporaryPostgres } from './temporary.ts';

/** Batches that are stored at the same time. */
export const CONNECTIONS = 4;

/** What the case of data sets needs of an engine. */
export interface BenchEngine {
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

export async function inParallel(
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
  const peer = fork(join(import.meta.dirname, 'plain-upsert-server.js'), [String(port), postgres.url]);
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

export const BENCH_ENGINES = { postgres: onPostgres, mongo: onMongo };
