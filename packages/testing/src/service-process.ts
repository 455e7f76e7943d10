import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

const POLL_MILLISECONDS = 20;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A service as operators run it: a process of its own, which can be killed, stopped and starved. */
export interface ServiceProcess {
  /** Where it answers, if it has endpoints. */
  readonly origin: string;
  /** Answers the status of a health path, or 0 when nothing answers. */
  health(path: '/livez' | '/readyz'): Promise<number>;
  /** Resolves when a log line holds the words, also one that was written before. */
  logged(words: string): Promise<void>;
  /** Its errors so far, as it logged them. */
  errors(): readonly string[];
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Throws when it has ended by itself, with the last lines of its log. */
  assertRunning(): void;
  /** Ends it; a process that has ended stays so. */
  end(name?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface ServiceProcessOptions {
  /** No file may become larger: what a full disk is like. */
  readonly largestFileKilobytes?: number;
  /** Which it must be before the start is over; default `ready`. */
  readonly until?: 'live' | 'ready';
}

/**
 * Starts a built service and waits until it is ready.
 * @param server Its compiled `server.js`.
 * @param environment All that it knows, but for its ports.
 */
export async function startServiceProcess(
  server: string,
  environment: Readonly<Record<string, string>>,
  { largestFileKilobytes, until = 'ready' }: ServiceProcessOptions = {},
): Promise<ServiceProcess> {
  const [port, adminPort] = await Promise.all([freePort(), freePort()]);
  const limit = largestFileKilobytes === undefined ? 'true' : `ulimit -f ${largestFileKilobytes}`;
  const ports = { PORT: String(port), ADMIN_PORT: String(adminPort) };
  const child = spawn('bash', ['-c', `${limit} && exec "$0" "$1"`, process.execPath, server], {
    env: { PATH: process.env.PATH, LOG_LEVEL: 'info', NODE_NO_WARNINGS: '1', ...environment, ...ports },
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
      throw new Error(`The service has ended by itself:\n${lines.slice(-20).join('\n')}`);
  };
  while ((await health(until === 'live' ? '/livez' : '/readyz')) !== 200) {
    assertRunning();
    await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
  }
  return {
    ...{ origin: `http://127.0.0.1:${port}`, health, assertRunning },
    logged: async (words) => {
      while (!lines.some((line) => line.includes(words))) await once(events, 'line');
    },
    errors: () => lines.filter((line) => line.includes('"level":50')),
    signal: (name) => void child.kill(name),
    end: async (name = 'SIGKILL') => {
      isEnding = true;
      child.kill('SIGCONT');
      child.kill(name);
      await ended;
    },
  };
}
