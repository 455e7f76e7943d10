// Starts a platform of its own, unless FLYLOFT_PLATFORM names the platform.json of a running one.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START = join(import.meta.dirname, '../infra/local/dist/commands/start.js');
const TIMEOUT_MILLISECONDS = 120_000;
const PORTS = [0, 1, 2, 3, 4, 5, 50, 60, 101, 102, 103, 104, 105];

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function freePortBase() {
  for (;;) {
    // Below the ports that systems give to outgoing connections (from 32768): those come and go.
    const base = 20_000 + Math.floor(Math.random() * 12_000);
    const free = await Promise.all(PORTS.map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
}

export default async function startPlatform() {
  if (process.env.FLYLOFT_PLATFORM) return;
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-acceptance-'));
  const portBase = await freePortBase();
  // Where tests listen for what the platform sends out; a running platform has no reason to allow that.
  const outside = `127.0.0.1:${portBase + 60}`;
  process.env.FLYLOFT_OUTSIDE = outside;
  const child = spawn(process.execPath, [START, '--no-sample', '--data', folder], {
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      PORT_BASE: String(portBase),
      // reliability.md E7
      SERVICE_HEAP_MB: '256',
      FETCH_ALLOW_HOSTS: outside,
      HOOK_ALLOWED_ORIGINS: `http://${outside}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const platformFile = join(folder, 'platform.json');
  const deadline = Date.now() + TIMEOUT_MILLISECONDS;
  while (!existsSync(platformFile)) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGTERM');
      throw new Error(`The platform did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  process.env.FLYLOFT_PLATFORM = platformFile;
  globalThis.flyloftPlatform = { child, folder, outputSoFar: () => output };
}
