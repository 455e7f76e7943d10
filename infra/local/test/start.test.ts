import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, repositoryRoot } from '../src/index.ts';

const START = join(repositoryRoot, 'infra/local/dist/commands/start.js');
let folder: string;
let portBase: number;
let started: Started[];

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number | null>;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flyloft-start-'));
  portBase = await freePortBase();
  started = [];
});

afterEach(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGTERM');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** A base whose whole block is likely free: below the ports that systems give to outgoing connections. */
async function freePortBase(): Promise<number> {
  const port = await freePort();
  return 11_000 + (port % 8_000);
}

function start(args: string[], environment: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, [START, ...args], {
    env: { ...process.env, NODE_OPTIONS: '', PORT_BASE: String(portBase), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const one = { child, output: () => output, ended };
  started.push(one);
  return one;
}

async function until(condition: () => boolean, { child, output }: Started): Promise<void> {
  while (!condition()) {
    if (child.exitCode !== null) throw new Error(`ended too early:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const platformFile = () => join(folder, 'platform.json');
const running = (one: Started) => until(() => existsSync(platformFile()), one);

/** The process ids of a launcher's children whose command line holds a text. */
function childrenOf(pid: number | undefined, text: string): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null && Number(match[2]) === pid && match[3]?.includes(text))
    .map((match) => Number(match?.[1]));
}

/** The ports of the platform on which something still listens. */
async function listeningPorts(): Promise<number[]> {
  const ports = [0, 1, 2, 3, 4, 50, 101, 102, 103, 104, 105].map((offset) => portBase + offset);
  const listening = await Promise.all(
    ports.map(
      (port) =>
        new Promise<boolean>((resolve) => {
          const socket = connect(port, '127.0.0.1', () => resolve(true));
          socket.once('error', () => resolve(false)).once('connect', () => socket.destroy());
        }),
    ),
  );
  return ports.filter((_port, index) => listening[index]);
}

describe('npm start', () => {
  it('refuses a taken port and names it', async () => {
    const server = createServer().listen(portBase + 2, '127.0.0.1');
    await once(server, 'listening');
    const one = start(['--data', folder]);
    expect(await one.ended).toBe(1);
    server.close();
    expect(one.output()).toContain(`port ${portBase + 2} (write-api) is already in use`);
    expect(one.output()).toContain('PORT_BASE=');
  });

  it('refuses a data folder that cannot be written, and says how to choose another', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const one = start(['--data', join(file, 'data')]);
    expect(await one.ended).toBe(1);
    expect(one.output()).toContain('cannot be written');
    expect(one.output()).toContain('--data DIR');
  });

  it('refuses an unknown option with the list of those there are', async () => {
    const one = start(['--nonsense']);
    expect(await one.ended).toBe(1);
    expect(one.output()).toContain('--no-sample');
  });

  it('says that the database is down and which variable names it', async () => {
    const port = await freePort();
    const one = start(['--data', folder], { DATABASE_URL: `postgres://someone@127.0.0.1:${port}/none` });
    expect(await one.ended).toBe(1);
    expect(one.output()).toContain('DATABASE_URL');
    expect(one.output()).not.toMatch(/\n\s+at /);
  });

  it('writes platform.json for its owner alone, refuses a second platform in the folder, and stops cleanly', async () => {
    const one = start(['--no-sample', '--data', folder]);
    await running(one);
    expect(statSync(platformFile()).mode & 0o777).toBe(0o600);
    const description = JSON.parse(readFileSync(platformFile(), 'utf8'));
    expect(description).toEqual({
      origin: `http://127.0.0.1:${portBase}`,
      auth: { url: `http://127.0.0.1:${portBase + 1}` },
      writeApi: { url: `http://127.0.0.1:${portBase + 2}` },
      readApi: { url: `http://127.0.0.1:${portBase + 3}` },
      conductor: { url: `http://127.0.0.1:${portBase + 4}` },
      worker: { adminUrl: `http://127.0.0.1:${portBase + 105}` },
      adminToken: expect.stringMatching(/^fl_pat_/),
      signInUrl: expect.stringContaining(`http://127.0.0.1:${portBase}/`),
      stores: { dataSets: 'postgres', queue: 'postgres', files: 'disk' },
    });

    const second = start(['--no-sample', '--data', folder]);
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`Another Flyloft (process ${one.child.pid})`);

    one.child.kill('SIGINT');
    expect(await one.ended).toBe(0);
    expect(existsSync(platformFile())).toBe(false);
    expect(existsSync(join(folder, 'postgres/postmaster.pid'))).toBe(false);
    expect(await listeningPorts()).toEqual([]);
  });

  it('restarts a service that crashed, and says so', async () => {
    const one = start(['--no-sample', '--data', folder]);
    await running(one);
    const [pid = 0] = childrenOf(one.child.pid, 'services/write-api/');
    process.kill(pid, 'SIGKILL');
    const alive = () => {
      const [other] = childrenOf(one.child.pid, 'services/write-api/');
      return other !== undefined && other !== pid;
    };
    await until(alive, one);
    expect(one.output()).toContain('write-api crashed (signal SIGKILL) and is being restarted');
  });

  it('leaves nothing running when it is killed, and starts again', async () => {
    const one = start(['--no-sample', '--data', folder]);
    await running(one);
    one.child.kill('SIGKILL');
    await one.ended;
    while ((await listeningPorts()).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));

    const second = start(['--no-sample', '--data', folder]);
    await running(second);
  });

  it('ends with a failure when the database ends', async () => {
    const one = start(['--no-sample', '--data', folder]);
    await running(one);
    const [pid = 0] = childrenOf(one.child.pid, '/bin/postgres');
    process.kill(pid, 'SIGINT');
    expect(await one.ended).toBe(1);
    expect(one.output()).toContain('The database ended');
    expect(await listeningPorts()).toEqual([]);
  });
});

describe('npm start -- --once', () => {
  it('loads both samples, shows their answers, stops everything and keeps the data for a second time', async () => {
    const first = start(['--once', '--data', folder]);
    expect(await first.ended).toBe(0);
    const statuses = ['queued', 'initializing', 'loading-data', 'saving-metadata', 'done  2000 rows'];
    for (const text of [...statuses, 'General purpose state services', '2015-12'])
      expect(first.output()).toContain(text);

    const second = start(['--once', '--data', folder]);
    expect(await second.ended).toBe(0);
    expect(second.output()).toContain('already loaded');
    expect(second.output()).toContain('2015-12');
  });

  it('ends with a failure when a service crashes', async () => {
    const one = start(['--once', '--data', folder]);
    await running(one);
    const [pid = 0] = childrenOf(one.child.pid, 'services/package-worker/');
    process.kill(pid, 'SIGKILL');
    expect(await one.ended).toBe(1);
    expect(one.output()).toContain('package-worker crashed (signal SIGKILL)');
    expect(await listeningPorts()).toEqual([]);
  });
});
