import { ConfigurationError } from './configuration.ts';

/**
 * Runs a service's start-up. What cannot be started says why in plain words on standard error and
 * ends with status 1; a stack is shown only for what nobody expected.
 */
export async function start(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const expected = error instanceof ConfigurationError || isNetworkError(error);
    const text =
      error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
    process.stderr.write(`${name} could not start.\n${text}\n`);
    process.exit(1);
  }
}

function isNetworkError(error: unknown): boolean {
  return error instanceof Error && (/already in use/.test(error.message) || 'code' in error);
}
