import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const SERVER = join(import.meta.dirname, '../../dist/server.js');
const POLL_MILLISECONDS = 20;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** The worker as operators run it: a process of its own, which can be killed, stopped and starved. */
export interface WorkerProcess {
  /** Answers the status of a health path, or 0 when nothing answers. */
  health(path: '/livez' | '/readyz'): Promise<number>;
  /** Resolves when a log line holds the words, also one that was written before. */
  logged(words: string): Promise<void>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Throws when it has ended by itself, with the last lines of its log. */
  assertRunning(): void;
  /** Ends it; a process that has ended stays so. */
  end(name?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

/**
 * Starts a worker and waits until it is ready.
 * @param largestFileKilobytes No file may become larger: what a full disk is like.
 */
export async function startWorkerProcess(
  environment: Readonly<Record<string, string>>,
  { largestFileKilobytes }: { readonly largestFileKilobytes?: number } = {},
): Promise<WorkerProcess> {
  const adminPort = await freePort();
  const limit = largestFileKilobytes === undefined ? 'true' : `ulimit -f ${largestFileKilobytes}`;
  const child = spawn('bash', ['-c', `${limit} && exec "$0" "$1"`, process.execPath, SERVER], {
    env: { PATH: process.env.PATH, ...environment, ADMIN_PORT: String(adminPort), LOG_LEVEL: 'info' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const events = new EventEmitter();
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    events.emit('line');
  });
  let isEnding = false;
  const ended = once(child, 'exit');
  // A connection of its own for each question: one that is kept might be closed at this very moment.
  const health = (path: string) =>
    new Promise<number>((resolve) => {
      const asked = get({ host: '127.0.0.1', port: adminPort, path, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asked.once('error', () => resolve(0));
    });
  const assertRunning = () => {
    if (child.exitCode !== null && !isEnding)
      throw new Error(`The worker has ended by itself:\n${lines.slice(-20).join('\n')}`);
  };
  while ((await health('/readyz')) !== 200) {
    assertRunning();
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  return {
    ...{ health, assertRunning },
    logged: async (words) => {
      while (!lines.some((line) => line.includes(words))) await once(events, 'line');
    },
    signal: (name) => void child.kill(name),
    end: async (name = 'SIGKILL') => {
      isEnding = true;
      child.kill('SIGCONT');
      child.kill(name);
      await ended;
    },
  };
}
