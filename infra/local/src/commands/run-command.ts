import { ExpectedError } from '../platform/expected-error.ts';

/** Runs a root command: an expected error is shown as its message, any other with its stack; both end with 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const text =
      error instanceof ExpectedError ? error.message : error instanceof Error ? error.stack : String(error);
    process.stderr.write(`\n✗ ${text}\n`);
    process.exitCode = 1;
  }
}
