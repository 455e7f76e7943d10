import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase, testMongoUrl, testRedisUrl } from '@flyloft/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, repositoryRoot } from '../src/index.ts';

const SERVICES = ['auth', 'write-api', 'read-api', 'package-conductor', 'package-worker'] as const;
type Service = (typeof SERVICES)[number];

/** What has no default. */
const REQUIRED: Readonly<Record<Service, readonly string[]>> = {
  auth: ['DATABASE_URL', 'EXTERNAL_ADDRESS', 'KEY_ENCRYPTION_KEY'],
  'write-api': ['AUTH_ISSUER', 'AUTH_JWKS_URL'],
  'read-api': ['AUTH_ISSUER', 'AUTH_JWKS_URL'],
  'package-conductor': ['DATABASE_URL', 'EXTERNAL_ADDRESS', 'FILES_FOLDER', 'FILES_SIGNING_KEY'],
  'package-worker': ['DATABASE_URL', 'EXTERNAL_ADDRESS', 'FILES_FOLDER'],
};

let folder: string;
let database: TestDatabase;
let child: ChildProcess | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'flyloft-deploy-'));
  database = await createTestDatabase();
});

afterEach(() => {
  child?.kill('SIGKILL');
});

afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function dockerfile(service: Service): string {
  return readFileSync(join(repositoryRoot, 'services', service, 'Dockerfile'), 'utf8');
}

/** Makes the folder that the image of a service holds, by the very command of its Dockerfile. */
function deploy(service: Service): string {
  const command = /(npx \S+ \S+ --filter .*) deploy \/service/.exec(dockerfile(service))?.[1];
  if (command === undefined) throw new Error(`The Dockerfile of ${service} has no deploy command`);
  const target = join(folder, service);
  const [program = '', ...args] = command.split(' ');
  execFileSync(program, [...args, 'deploy', target], {
    cwd: repositoryRoot,
    env: { ...process.env, CI: 'true', NODE_OPTIONS: '' },
    stdio: 'pipe',
  });
  return target;
}

/** Only what the service itself needs; nothing of this process's environment. */
function variables(service: Service, engines: { mongo: string | undefined; redis: string | undefined }) {
  const origin = 'http://127.0.0.1:4000';
  const postgres = { DATABASE_URL: database.url };
  const verification = { AUTH_ISSUER: origin, AUTH_JWKS_URL: `${origin}/.well-known/jwks.json` };
  const dataSets = engines.mongo === undefined ? postgres : { MONGO_URL: engines.mongo };
  const queue = engines.redis === undefined ? {} : { REDIS_URL: engines.redis };
  const files = { FILES_FOLDER: join(folder, 'files'), EXTERNAL_ADDRESS: origin };
  const byService: Record<Service, Record<string, string>> = {
    auth: { ...postgres, EXTERNAL_ADDRESS: origin, KEY_ENCRYPTION_KEY: 'mY3nQ7xW1zK9vB5tR2pL8cF4hJ6dS0aG' },
    'write-api': { ...verification, ...dataSets },
    'read-api': { ...verification, ...dataSets },
    'package-conductor': {
      ...postgres,
      ...queue,
      ...verification,
      ...files,
      FILES_SIGNING_KEY: 'mY3nQ7xW1zK9vB5tR2pL8cF4hJ6dS0aG',
    },
    'package-worker': { ...postgres, ...queue, ...files, WORK_FOLDER: join(folder, 'work') },
  };
  return byService[service];
}

async function waitUntilReady(adminPort: number, output: () => string): Promise<void> {
  for (;;) {
    if (child?.exitCode !== null) throw new Error(`ended too early:\n${output()}`);
    const ready = await fetch(`http://127.0.0.1:${adminPort}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function startAlone(target: string, environment: Record<string, string>) {
  const ports = { PORT: String(await freePort()), ADMIN_PORT: String(await freePort()) };
  const started = spawn(process.execPath, ['dist/server.js'], {
    cwd: target,
    env: { ...ports, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child = started;
  let output = '';
  const keep = (chunk: Buffer) => {
    output += chunk.toString();
  };
  started.stdout.on('data', keep);
  started.stderr.on('data', keep);
  return { ended: once(started, 'exit'), adminPort: Number(ports.ADMIN_PORT), output: () => output };
}

describe.each(SERVICES)('%s', (service) => {
  it('is an image of two stages that runs as an ordinary user with a health check', () => {
    const text = dockerfile(service);
    expect(text.match(/^FROM /gm)).toHaveLength(2);
    expect(text).toMatch(/^USER node$/m);
    expect(text).toMatch(/^HEALTHCHECK /m);
  });

  it('starts alone from its deployed output with only its own variables, and stops cleanly', async () => {
    const target = deploy(service);
    const engines = { mongo: testMongoUrl(), redis: testRedisUrl() };
    const running = await startAlone(target, variables(service, engines));
    await waitUntilReady(running.adminPort, running.output);
    child?.kill('SIGTERM');
    expect((await running.ended)[0]).toBe(0);
  });

  it('names every variable that is missing, and ends', async () => {
    const running = await startAlone(join(folder, service), {});
    expect((await running.ended)[0]).toBe(1);
    const named = REQUIRED[service].filter((name) => running.output().includes(name));
    expect(named).toEqual(REQUIRED[service]);
    expect(running.output()).not.toMatch(/\n\s+at /);
  });
});
