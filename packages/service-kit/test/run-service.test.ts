import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { freePort } from '@flyloft/local';
import { afterEach, describe, expect, it } from '@jest/globals';

const FIXTURE = join(import.meta.dirname, 'fixture-service.mjs');
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function startFixture(port: number, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [FIXTURE], {
    env: { ...process.env, NODE_OPTIONS: '', PORT: String(port), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  const waiting = new Set<() => void>();
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
    for (const wake of waiting) wake();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const said = (text: string) =>
    new Promise<void>((resolve) => {
      const check = () => {
        if (!output.includes(text)) return;
        waiting.delete(check);
        resolve();
      };
      waiting.add(check);
      check();
    });
  return { child, said, output: () => output, ended: once(child, 'exit') };
}

/** One request over a kept-alive connection; false when there was no answer. */
function ask(port: number, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/version', agent }, (answer) => {
      answer.resume().once('end', () => resolve(true));
    });
    request.once('error', () => setTimeout(() => resolve(false), 10));
  });
}

describe('a service that is asked to stop', () => {
  it('finishes the request in flight, takes no new one, and runs every phase, also past one that hangs', async () => {
    const port = await freePort();
    const service = startFixture(port);
    await service.said('listening');
    const answer = fetch(`http://127.0.0.1:${port}/slow`);
    await service.said('request arrived');
    service.child.kill('SIGTERM');
    expect(await (await answer).json()).toEqual({ late: true });
    const [code] = await service.ended;
    expect(code).toBe(0);
    await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow();
    expect(service.output()).toContain('stop phase hit its time cap');
    const phases = ['first phase', 'last phase', 'stopped'];
    const places = phases.map((text) => service.output().indexOf(text));
    expect(places.every((place) => place > 0)).toBe(true);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});

describe('a client that asks again and again over one connection', () => {
  it('is told to close it, and does not keep the service from stopping', async () => {
    const port = await freePort();
    const service = startFixture(port);
    await service.said('listening');
    let stopped = false;
    let answers = 0;
    const asking = Promise.all(
      [1, 2, 3, 4].map(async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        while (!stopped) if (await ask(port, agent)) answers += 1;
        agent.destroy();
      }),
    );
    while (answers < 20) await new Promise((resolve) => setTimeout(resolve, 5));
    service.child.kill('SIGTERM');
    const [code] = await service.ended;
    stopped = true;
    await asking;
    expect(code).toBe(0);
    expect(service.output().match(/stop phase hit its time cap/g)).toHaveLength(1);
  });
});

describe('a service whose launcher is gone', () => {
  it('stops when asked, although nobody reads its log any more', async () => {
    const service = startFixture(await freePort(), { QUICK: 'yes' });
    await service.said('listening');
    service.child.stdout?.destroy();
    service.child.stderr?.destroy();
    service.child.kill('SIGTERM');
    const [code] = await service.ended;
    expect(code).toBe(0);
  });
});

describe('a service whose port is taken', () => {
  it('names the port and ends with a failure, without a stack', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const service = startFixture(port);
    const [code] = await service.ended;
    server.close();
    expect(code).toBe(1);
    expect(service.output()).toContain(`port ${port} on 127.0.0.1 is already in use`);
    expect(service.output()).not.toMatch(/\n\s+at /);
  });
});
