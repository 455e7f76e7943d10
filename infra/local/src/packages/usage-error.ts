/** The command line is wrong: exit status 2, with the help. */
export class UsageError extends Error {}
