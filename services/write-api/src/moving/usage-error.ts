/** The command line is wrong: exit status 2, with the help. */
export class UsageError extends Error {}

/** What parseArgs says about a wrong option, as a usage error. */
export function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
