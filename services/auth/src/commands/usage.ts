/** A command that was called wrongly: exit status 2, with the help. */
export class UsageError extends Error {}

/** What a command is given. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly json: boolean;
  readonly dryRun: boolean;
  readonly force: boolean;
  /** A line on standard output. */
  readonly say: (text: string) => void;
  /** Progress, on standard error. */
  readonly tell: (text: string) => void;
}

export const HELP = `Usage: npm run auth -- COMMAND [OPTIONS]

  keys list                      the signing keys, newest first
  keys rotate                    let the next key sign; the one before goes on verifying for 14 days
  keys retire KID                refuse all that a retiring key signed, within a minute everywhere
  import-datahq FILE             people of datahq/auth: its table "users" as CSV or pg_dump's text
  import-conductor FILE          people of os-conductor: its users index, a line of JSON for each

  --json       one JSON document on standard output
  --dry-run    of an import: say what would come of it, change nothing
  --force      of keys rotate: also before every verifier can know the next key
  --help       show this

Variables: DATABASE_URL and, for rotating, KEY_ENCRYPTION_KEY, as auth has them; with neither, those of
the platform that npm start keeps in .flyloft. Exit status: 0 done, 1 failed or somebody could not be
imported, 2 called wrongly. An import can be run again at any time: it goes on where it was.
`;
