import { parseArgs } from 'node:util';

/** A command that was called wrongly: exit status 2, with the help. */
export class UsageError extends Error {}

type ParseArgs = typeof parseArgs;

/**
 * `parseArgs` of Node.
 * @throws {UsageError} for what it does not know.
 */
export const parseOptions: ParseArgs = (config) => {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
};

/**
 * Runs a command to its end and says why where it fails. Exit status: what `main` answers, 1 when it
 * fails, 2 with the help when it was called wrongly.
 */
export async function runCommand(help: string, main: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(isUsage ? `✗ ${text}\n\n${help}` : `✗ ${text}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}
