import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOf, endTogether } from '../engines/engine.ts';
import { ExpectedError } from '../platform/expected-error.ts';
import { repositoryRoot } from '../platform/repository-root.ts';
import { tool } from './checks.ts';
import { runCommand } from './run-command.ts';

/** A long form of tests that `npm test` runs in a short one. */
interface Soak {
  readonly description: string;
  /** Test files, as patterns of Jest. */
  readonly files: readonly string[];
  /** Black-box tests, which run against a platform of their own. */
  readonly acceptance?: readonly string[];
  readonly variables: () => Readonly<Record<string, string>>;
}

// A guard against hangs alone: tests that know their own time name it.
const JEST = ['--runInBand', '--testTimeout=3600000'];

const SOAKS: Readonly<Record<string, Soak>> = {
  fuzz: {
    description:
      '10,000 requests to each service and to the cubes, held against its OpenAPI document (FUZZ_REQUESTS, FUZZ_SEED)',
    files: ['services/.*/(cube-)?fuzz.test.ts'],
    variables: () => ({ FUZZ_REQUESTS: '10000', FUZZ_SEED: String(Date.now() % 1_000_000) }),
  },
  cubes: {
    description:
      '32 readers of cubes for five minutes, while packages are loaded, hidden and deleted (SOAK_CUBES_SECONDS)',
    files: ['services/read-api/test/cube-load.test.ts'],
    variables: () => ({ SOAK_CUBES_SECONDS: '300' }),
  },
  history: {
    description:
      '8 writers and 4 readers for a minute on each engine, while services and databases restart at random (SOAK_HISTORY_SECONDS)',
    files: ['infra/local/test/acknowledged-writes.test.ts'],
    variables: () => ({ SOAK_HISTORY_SECONDS: '60' }),
  },
  packages: {
    description:
      'Workers killed at 20 points of their loads, conductors at 50, engines cut off, on both queues (SOAK_KILLS, SOAK_CONDUCTOR_KILLS); 60 re-loads under 20 readers, and a package of 2 GB (SOAK_RELOADS, SOAK_PACKAGE_BYTES)',
    files: [
      'services/package-worker/test/faults',
      'services/package-conductor/test/killed-conductor.test.ts',
    ],
    acceptance: ['reloads-under-readers.test.ts', 'bounded-memory.test.ts'],
    variables: () => ({
      SOAK_KILLS: '20',
      SOAK_CONDUCTOR_KILLS: '50',
      SOAK_RELOADS: '60',
      SOAK_PACKAGE_BYTES: String(2 * 1024 ** 3),
    }),
  },
  faults: {
    description:
      'A network that is slow, swallows or resets what is sent, on the way to each engine by itself, while people work',
    files: ['infra/local/test/network-faults.test.ts'],
    variables: () => ({ SOAK_FAULTS: 'true' }),
  },
  uploads: {
    description:
      'A CSV of 2 GB beside 500 uploads at once, in 256 MB of heap (SOAK_CSV_BYTES, SOAK_PARALLEL)',
    files: ['services/write-api/test/bounded-memory.test.ts'],
    variables: () => ({ SOAK_CSV_BYTES: String(2 * 1024 ** 3), SOAK_PARALLEL: '500' }),
  },
};

const list = Object.entries(SOAKS).map(([name, { description }]) => `  ${name.padEnd(10)} ${description}`);

const HELP = `Usage: npm run soak -- NAME…

Long tests, which take minutes to an hour; \`npm test\` runs a short form of each.

${list.join('\n')}

Variables that are set already are left as they are.
`;

/** Ends the tests that run, and what they have started. */
let interrupt: () => void = () => undefined;

/** Runs Jest in a process group of its own; answers whether it exited with 0. */
async function runJest(options: readonly string[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(tool('jest'), [...JEST, ...options], {
    ...{ cwd: repositoryRoot, detached: true, env: environment },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  endTogether(child, 'SIGTERM');
  interrupt = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  };
  const { code } = await endOf(child);
  interrupt = () => undefined;
  return code === 0;
}

/** Gives the tests a folder for all that they put aside: nothing of it stays, however they end. */
async function runTests(options: readonly string[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-soak-'));
  // PostgreSQL, which may run as another user, has its data in it.
  await chmod(folder, 0o711);
  try {
    return await runJest(options, { ...environment, TMPDIR: folder });
  } finally {
    // Engines end a moment after tests that were interrupted.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
}

let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    isInterrupted = true;
    interrupt();
  });
}

await runCommand(async () => {
  const names = process.argv.slice(2);
  if (names.includes('--help') || names.length === 0) return void process.stdout.write(HELP);
  for (const name of names) {
    if (!Object.hasOwn(SOAKS, name)) throw new ExpectedError(`There is no soak "${name}".\n\n${HELP}`);
  }
  for (const name of names) {
    const { files = [], acceptance = [], variables = () => ({}) } = SOAKS[name] ?? {};
    const environment = {
      ...variables(),
      ...process.env,
      SOAK: 'true',
      NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
    };
    process.stdout.write(`${name} …\n`);
    const runs = [
      files,
      ...(acceptance.length > 0 ? [['--config', 'acceptance/jest.config.mjs', ...acceptance]] : []),
    ];
    for (const options of runs) {
      if (isInterrupted || !(await runTests(options, environment))) process.exitCode = 1;
    }
  }
});
