import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith, tellProgress, testMongoUrl } from '@flyloft/testing';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  type Engine,
  freePort,
  migratePlatform,
  repositoryRoot,
  startMongo,
  startPostgres,
} from '../src/index.ts';

// `npm run soak -- history` goes on for a minute, restarting whatever chance says (reliability.md E16).
const SECONDS = Number(process.env.SOAK_HISTORY_SECONDS ?? 0);

const ADMIN_TOKEN = 'static-admin-token-of-a-test';
const WRITERS = 8;
const READERS = 4;
/** Reads and writes that must have gone well between one restart and the next. */
const LEAST_BETWEEN = 25;
const DAYS = 20;
/** Then the test fails by itself and stops what it started. */
const GIVE_UP_SECONDS = 150 + SECONDS;

type Service = 'write-api' | 'read-api';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A service that is killed and started again at the same address. */
async function createPhoenix(service: Service, environment: Record<string, string>) {
  const [port, adminPort] = [await freePort(), await freePort()];
  let child: ChildProcess | undefined;
  const start = async () => {
    const started = spawn(process.execPath, ['dist/server.js'], {
      cwd: join(repositoryRoot, 'services', service),
      env: { ...environment, PORT: String(port), ADMIN_PORT: String(adminPort), LOG_LEVEL: 'silent' },
      stdio: 'ignore',
    });
    child = started;
    for (;;) {
      if (started.exitCode !== null) throw new Error(`${service} ended with ${started.exitCode}`);
      const isReady = await fetch(`http://127.0.0.1:${adminPort}/readyz`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (isReady) return;
      await pause(20);
    }
  };
  const stop = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  };
  const restart = async (signal: 'SIGKILL' | 'SIGTERM') => {
    await stop(signal);
    await start();
  };
  return { url: `http://127.0.0.1:${port}`, start, stop, restart };
}

type Phoenix = Awaited<ReturnType<typeof createPhoenix>>;

/** A database of this test's own, which stops and comes back with what it had. */
async function createDatabase(
  kind: string,
  start: (options: { dataFolder: string; port: number }) => Promise<Engine>,
) {
  const port = await freePort();
  // The server may run as another user: it makes the folder itself.
  const options = { port, dataFolder: join(tmpdir(), `flyloft-history-${kind}-${port}`) };
  let running = await start(options);
  return {
    url: running.url,
    restart: async () => {
      await running.stop();
      running = await start(options);
    },
    drop: async () => {
      await running.stop();
      await rm(options.dataFolder, { recursive: true, force: true });
    },
  };
}

interface OpenedEngine {
  readonly variables: Record<string, string>;
  readonly restart: () => Promise<void>;
  readonly drop: () => Promise<void>;
}

function suite(openEngine: () => Promise<OpenedEngine>) {
  let engine: OpenedEngine;
  let writeApi: Phoenix;
  let readApi: Phoenix;

  beforeAll(async () => {
    engine = await openEngine();
    const nowhere = 'http://127.0.0.1:1';
    const environment = { AUTH_ISSUER: nowhere, AUTH_JWKS_URL: nowhere, ...engine.variables };
    writeApi = await createPhoenix('write-api', { ...environment, DATA_SETS_ADMIN_TOKEN: ADMIN_TOKEN });
    // Every answer is kept, so that reads see records only if writes make kept answers stale.
    readApi = await createPhoenix('read-api', { ...environment, KEEP_ANSWERS_OVER_MS: '0' });
    await Promise.all([writeApi.start(), readApi.start()]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([writeApi?.stop('SIGKILL'), readApi?.stop('SIGKILL')]);
    await engine?.drop();
  });

  /** Kills, the database and one stop, in any order; then, in a soak, anything. */
  function* restarts() {
    const kills = [
      ['write-api is killed', () => writeApi.restart('SIGKILL')],
      ['read-api is killed', () => readApi.restart('SIGKILL')],
      ['the database is restarted', () => engine.restart()],
    ] as const;
    const stops = [
      ['write-api is stopped', () => writeApi.restart('SIGTERM')],
      ['read-api is stopped', () => readApi.restart('SIGTERM')],
    ] as const;
    const until = performance.now() + SECONDS * 1_000;
    const all = [...kills, ...stops];
    const first = [...kills, ...stops.slice(randomInt(stops.length)).slice(0, 1)];
    while (first.length > 0) yield* first.splice(randomInt(first.length), 1);
    while (performance.now() < until) yield* all.slice(randomInt(all.length)).slice(0, 1);
  }

  it(
    'are readable at once and for good while services and their database are restarted',
    async () => {
      const created = await fetch(`${writeApi.url}/data-sets`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${ADMIN_TOKEN}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ data_group: 'history', data_type: 'events' }),
      });
      const { bearer_token: token } = (await created.json()) as { bearer_token: string };
      const acknowledged = Array.from({ length: WRITERS }, () => 0);
      const attempted = Array.from({ length: WRITERS }, () => 0);
      const faults: string[] = [];
      const giveUp = performance.now() + GIVE_UP_SECONDS * 1_000;
      let isGoing = true;
      let reads = 0;
      const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

      const post = async (records: object): Promise<boolean> => {
        const answer = await fetch(`${writeApi.url}/data/history/events`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
          body: JSON.stringify(records),
        });
        await answer.arrayBuffer();
        if (answer.status < 500 && answer.status !== 200)
          faults.push(`a write was answered ${answer.status}`);
        return answer.status === 200;
      };
      const write = async (writer: number) => {
        for (let number = 0; isGoing; ) {
          // Every third time a batch: all of it or nothing.
          const size = number % 3 === 0 ? 5 : 1;
          const records = Array.from({ length: size }, (_, index) => ({
            _id: `w${writer}-${number + index}`,
            _timestamp: new Date(Date.UTC(2014, 0, 1 + ((number + index) % DAYS))).toISOString(),
            writer: `w${writer}`,
          }));
          attempted[writer] = number + size;
          // Without an answer nobody knows: the same records again, which their ids make harmless.
          while (isGoing && !(await post(records).catch(() => false))) await pause(10);
          if (!isGoing) return;
          number += size;
          acknowledged[writer] = number;
        }
      };
      const query = `period=day&start_at=2014-01-01T00:00:00Z&end_at=2014-02-01T00:00:00Z&group_by=writer`;
      const readCounts = async (parameters: string): Promise<Map<string, number> | undefined> => {
        const answer = await fetch(`${readApi.url}/data/history/events?${parameters}`).catch(() => undefined);
        const body = await answer?.json().catch(() => undefined);
        if (answer?.status !== 200 || body === undefined) return undefined;
        const { data } = body as { data: { writer: string; _count: number }[] };
        return new Map(data.map(({ writer, _count }) => [writer, _count]));
      };
      const read = async (reader: number) => {
        const seen = new Map<string, number>();
        while (isGoing) {
          const before = [...acknowledged];
          const counts = await readCounts(reader % 2 === 0 ? query : 'group_by=writer');
          if (counts === undefined) {
            await pause(10);
            continue;
          }
          reads += 1;
          for (let writer = 0; writer < WRITERS; writer += 1) {
            const name = `w${writer}`;
            const count = counts.get(name) ?? 0;
            const least = Math.max(before[writer] ?? 0, seen.get(name) ?? 0);
            const most = attempted[writer] ?? 0;
            if (count < least || count > most) faults.push(`${name}: ${count} is not in ${least}..${most}`);
            seen.set(name, count);
          }
        }
      };

      const working = [
        ...Array.from({ length: WRITERS }, (_, writer) => write(writer)),
        ...Array.from({ length: READERS }, (_, reader) => read(reader)),
      ];
      const progress = async () => {
        const [readsBefore, writesBefore] = [reads, sum(acknowledged)];
        while (reads < readsBefore + LEAST_BETWEEN || sum(acknowledged) < writesBefore + LEAST_BETWEEN) {
          if (faults.length > 0 || performance.now() > giveUp) return;
          await pause(5);
        }
      };
      try {
        for (const [what, restart] of restarts()) {
          await progress();
          if (faults.length > 0 || performance.now() > giveUp) break;
          tellProgress(`${reads} reads, ${sum(acknowledged)} writes: ${what}`);
          await restart();
        }
        await progress();
        if (performance.now() > giveUp)
          faults.push(`no progress: ${reads} reads, ${sum(acknowledged)} writes`);
      } finally {
        isGoing = false;
        await Promise.all(working);
      }

      expect(faults).toEqual([]);
      const final = (await readCounts(query)) ?? new Map<string, number>();
      for (let writer = 0; writer < WRITERS; writer += 1) {
        expect(final.get(`w${writer}`)).toBeGreaterThanOrEqual(acknowledged[writer] ?? 0);
      }
      expect(await readCounts('group_by=writer')).toEqual(final);
    },
    240_000 + SECONDS * 1_000,
  );
}

describeWith('always')('acknowledged writes on PostgreSQL', () =>
  suite(async () => {
    const { url, ...database } = await createDatabase('postgres', (options) =>
      startPostgres({ ...options, password: 'history' }),
    );
    await migratePlatform(url);
    return { variables: { DATABASE_URL: url }, ...database };
  }),
);

describeWith(testMongoUrl())('acknowledged writes on MongoDB', () =>
  suite(async () => {
    const { url, ...database } = await createDatabase('mongo', startMongo);
    return { variables: { MONGO_URL: url }, ...database };
  }),
);
