import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKS, runCheck, runProgram, tool } from './checks.ts';
import { runCommand } from './run-command.ts';

const HELP = `Usage: npm test [-- PATTERN…]

Types, lint, unit and integration tests on real engines, then the acceptance suite against a platform
that it starts itself. With patterns, only the test files whose paths match.

  FLYLOFT_PLATFORM=path/to/platform.json   run the acceptance suite against that platform
  MONGO_URL, REDIS_URL, S3_ENDPOINT        use these engines instead of starting some (S3 with
                                           S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY)
  CI=true                                  an engine that cannot be had is a failure, not a skip
`;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The part of Jest's `--json` report that is counted. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly success: boolean;
}

async function runJest(configuration: string, patterns: readonly string[], total: Counts): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'flyloft-report-'));
  const report = join(folder, 'report.json');
  // Prototype tricks must not even be possible in tests; Jest runs ES modules behind a flag.
  const nodeOptions = '--experimental-vm-modules --no-warnings --disable-proto=delete';
  const passed = await runProgram(
    tool('jest'),
    ['--config', configuration, '--json', `--outputFile=${report}`, '--silent=false', ...patterns],
    { ...process.env, NODE_OPTIONS: nodeOptions },
  );
  try {
    // Jest's own report format
    const result = JSON.parse(await readFile(report, 'utf8')) as JestReport;
    total.passed += result.numPassedTests;
    total.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    total.skipped += result.numPendingTests + result.numTodoTests;
    // A failure that no single test stands for, such as a set-up that broke.
    if (!passed && result.numFailedTests + result.numRuntimeErrorTestSuites === 0) total.failed += 1;
  } catch {
    process.stdout.write(`✗ ${configuration} did not run to its end\n`);
    total.failed += 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

await runCommand(async () => {
  const patterns = process.argv.slice(2);
  if (patterns.includes('--help')) return void process.stdout.write(HELP);
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  if (patterns.length === 0) {
    for (const check of CHECKS) {
      if (await runCheck(check)) total.passed += 1;
      else total.failed += 1;
    }
  }
  await runJest('jest.config.mjs', patterns, total);
  await runJest('acceptance/jest.config.mjs', patterns, total);
  if (total.failed > 0 || total.passed === 0) process.exitCode = 1;
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
});
