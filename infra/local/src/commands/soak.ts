import { ExpectedError } from '../platform/expected-error.ts';
import { runProgram, tool } from './checks.ts';
import { runCommand } from './run-command.ts';

/** A long form of tests that `npm test` runs in a short one. */
interface Soak {
  readonly description: string;
  /** Test files, as patterns of Jest. */
  readonly files: readonly string[];
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
  packages: {
    description:
      'A worker killed at 20 random points of its loads, stopped, starved and cut off, on both queues (SOAK_KILLS)',
    files: ['services/package-worker/test/faults'],
    variables: () => ({ SOAK_KILLS: '20' }),
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

await runCommand(async () => {
  const names = process.argv.slice(2);
  if (names.includes('--help') || names.length === 0) return void process.stdout.write(HELP);
  for (const name of names) {
    if (!Object.hasOwn(SOAKS, name)) throw new ExpectedError(`There is no soak "${name}".\n\n${HELP}`);
  }
  for (const name of names) {
    const { files = [], variables = () => ({}) } = SOAKS[name] ?? {};
    const environment = {
      ...variables(),
      ...process.env,
      NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
    };
    process.stdout.write(`${name} …\n`);
    if (!(await runProgram(tool('jest'), [...JEST, ...files], environment))) process.exitCode = 1;
  }
});
