import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { dataSetSettingsSchema, hashToken } from '@flyloft/data-sets';
import { expect, it } from '@jest/globals';
import { OPEN_ENGINES, startService } from './running-service.ts';

// `npm run soak -- uploads` asks for 2 GB and 500 at once (reliability.md E7).
const CSV_BYTES = Number(process.env.SOAK_CSV_BYTES ?? 24 * 1024 ** 2);
const PARALLEL = Number(process.env.SOAK_PARALLEL ?? 100);
const SLOW_SENDERS = 20;
const HEAP_MEGABYTES = 256;
/** What Node.js needs beside the heap: code, buffers that are on their way, the engine's client. */
const BESIDE_HEAP_MEGABYTES = 256;

const CELL = 'x'.repeat(4_000);
const ROWS = Math.ceil(CSV_BYTES / (CELL.length + 12));

async function* rows() {
  yield Buffer.from('nn,text\n');
  for (let nn = 0; nn < ROWS; nn += 1) yield Buffer.from(`${nn},${CELL}\n`);
}

/** The most memory that a process ever had, where the system tells (Linux). */
async function mostMegabytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

/** The large upload is received once, and read to check it and to store it. */
const READINGS = 3;
const PROGRESS_MILLISECONDS = 10_000;

/** Tells, in a soak, how far a service has come with its large upload; answers how to stop that. */
function showProgress(engine: string, pid: number | undefined): () => void {
  if (process.env.SOAK_CSV_BYTES === undefined) return () => {};
  const started = Date.now();
  const total = CSV_BYTES * READINGS;
  const timer = setInterval(async () => {
    const counted = await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '');
    const read = Number(/^rchar: (\d+)/m.exec(counted)?.[1] ?? 0);
    const percent = Math.min(Math.floor((read / total) * 100), 99);
    const memory = Math.round(await mostMegabytes(pid));
    const seconds = Math.round((Date.now() - started) / 1000);
    process.stderr.write(`  ${engine}, ${seconds} s: about ${percent} %, at most ${memory} MB\n`);
  }, PROGRESS_MILLISECONDS);
  return () => clearInterval(timer);
}

for (const engine of OPEN_ENGINES) {
  engine.describe(`write-api on ${engine.name}, with a heap of ${HEAP_MEGABYTES} MB`, () => {
    it(`takes ${PARALLEL} uploads at once and one of ${CSV_BYTES} bytes, beside senders that dawdle: 200 or 503, in bounded memory`, async () => {
      const { variables, dataSets, drop } = await engine.open();
      const NODE_OPTIONS = `--max-old-space-size=${HEAP_MEGABYTES}`;
      const service = await startService({ ...variables, NODE_OPTIONS });
      const group = `bounded-${randomBytes(5).toString('hex')}`;
      const slow: Socket[] = [];
      const hideProgress = showProgress(engine.name, service.process.pid);
      try {
        const created = await dataSets.catalogue.create({
          ...{ name: group.replace('-', '_'), dataGroup: group, dataType: 'events' },
          ...{ tokenHash: hashToken('token'), settings: dataSetSettingsSchema.parse({}) },
        });
        if (created === undefined) throw new Error('not created');
        const path = `/data/${group}/events`;
        const headers = { Authorization: 'Bearer token', 'Content-Type': 'text/csv' };
        // Not by fetch, which waits five minutes for an answer.
        const post = async (body: Iterable<Buffer> | AsyncIterable<Buffer>) => {
          const sent = request(service.address + path, { method: 'POST', headers });
          const answered = once(sent, 'response');
          const [answers] = await Promise.all([answered, pipeline(Readable.from(body), sent)]);
          // the event has the answer alone
          const [answer] = answers as [IncomingMessage];
          await buffer(answer);
          return answer.statusCode;
        };
        for (let sender = 0; sender < SLOW_SENDERS; sender += 1) {
          const socket = connect(Number(new URL(service.address).port), '127.0.0.1');
          socket.on('error', () => {});
          socket.write(
            `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer token\r\nContent-Type: text/csv\r\nContent-Length: 1000000\r\n\r\nnn\n1\n`,
          );
          slow.push(socket);
        }
        const small = Buffer.from(
          `nn,text\n${Array.from({ length: 200 }, (_, nn) => `${nn},${'y'.repeat(100)}\n`).join('')}`,
        );
        const [large, ...statuses] = await Promise.all([
          post(rows()),
          ...Array.from({ length: PARALLEL }, () => post([small])),
        ]);
        expect(large).toBe(200);
        for (const status of statuses) expect([200, 503]).toContain(status);
        expect(service.process.exitCode).toBeNull();
        const most = await mostMegabytes(service.process.pid);
        expect(most).toBeLessThan(HEAP_MEGABYTES + BESIDE_HEAP_MEGABYTES);
        const stored = statuses.filter((status) => status === 200).length * 200 + ROWS;
        const query = {
          filters: [],
          inclusive: false,
          groupBy: [],
          totals: ['nn'],
          extremes: [],
          tallies: [],
        };
        const groups = await dataSets.store.aggregate(created, query);
        expect(groups.map(({ count }) => count)).toEqual([stored]);
        await dataSets.catalogue.remove(created);
      } finally {
        hideProgress();
        for (const socket of slow) socket.destroy();
        service.process.kill('SIGKILL');
        await once(service.process, 'exit');
        await dataSets.close();
        await drop();
      }
    }, 1_800_000);
  });
}
