/** What a command is given. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly options: CommandOptions;
  /** A line on standard output. */
  readonly say: (text: string) => void;
  /** Progress, on standard error. */
  readonly tell: (text: string) => void;
  /** Asks for a secret, or reads it from standard input: never from an argument, which others see. */
  readonly readSecret: (prompt: string) => Promise<string>;
}

/** The options of all commands, as `parseArgs` of Node takes them. */
export const OPTIONS = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  'dry-run': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  search: { type: 'string' },
  role: { type: 'string', multiple: true },
  page: { type: 'string', default: '1' },
  name: { type: 'string' },
  username: { type: 'string' },
  email: { type: 'string' },
  password: { type: 'boolean', default: false },
  app: { type: 'string' },
  code: { type: 'boolean', default: false },
  url: { type: 'string' },
  external: { type: 'boolean', default: false },
  'default-role': { type: 'string' },
  id: { type: 'string' },
  kind: { type: 'string', default: 'web' },
  'redirect-uri': { type: 'string', multiple: true },
  'logout-uri': { type: 'string', multiple: true },
  until: { type: 'string' },
  from: { type: 'string' },
  reason: { type: 'string' },
  actor: { type: 'string' },
  target: { type: 'string' },
  action: { type: 'string' },
} as const;

export interface CommandOptions {
  readonly json: boolean;
  readonly 'dry-run': boolean;
  readonly force: boolean;
  readonly search?: string | undefined;
  readonly role?: readonly string[] | undefined;
  readonly page: string;
  readonly name?: string | undefined;
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly password: boolean;
  readonly code: boolean;
  readonly app?: string | undefined;
  readonly url?: string | undefined;
  readonly external: boolean;
  readonly 'default-role'?: string | undefined;
  readonly id?: string | undefined;
  readonly kind: string;
  readonly 'redirect-uri'?: readonly string[] | undefined;
  readonly 'logout-uri'?: readonly string[] | undefined;
  readonly until?: string | undefined;
  readonly from?: string | undefined;
  readonly reason?: string | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly action?: string | undefined;
}

export const HELP = `Usage: npm run auth -- COMMAND [OPTIONS]

  user list [--search TEXT] [--role ROLE] [--page N]
  user show USER
  user create EMAIL [--name NAME] [--role ROLE]… [--password]
                                 without --password it prints a link to choose one
  user update USER [--name NAME] [--username NAME] [--email ADDRESS]
  user delete USER
  user setpassword USER          asks for it, or reads it from standard input; ends all sessions
  user setrole USER ROLE…        these roles and no others
  user setrole USER --app SLUG ROLE
                                 what somebody is in an application: admin, user, "no access"
  user recover USER [--code]     a link to set a new password; for people at Ory Kratos also a code
  user suspend USER --until DATE --reason TEXT
                                 shuts somebody out and ends all sessions; over by itself on that date
  user lift USER                 lets somebody in again before that date
  user export USER               everything that is kept of a person, as JSON
  session list USER
  session revoke USER [SESSION]  without SESSION all of them
  app list [--page N]
  app create SLUG --name NAME --url ADDRESS [--external] [--default-role ROLE]
  app delete SLUG                with its clients and their tokens
  app roles SLUG [--page N]      the roles that were given there
  client list [--page N]
  client create NAME --redirect-uri ADDRESS… [--kind web|browser|native|machine]
                [--app SLUG] [--id ID] [--logout-uri ADDRESS]…
                                 prints its secret, this once
  client rotate-secret ID        a new secret; the one before works no longer
  client delete ID
  keys list                      the signing keys, newest first
  keys rotate                    let the next key sign; the one before goes on verifying for 14 days
  keys retire KID                refuse all that a retiring key signed, within a minute everywhere
  audit list [--actor ID] [--target ID] [--action NAME] [--from DATE] [--until DATE] [--page N]
                                 who did what to whom, newest first; "user." is every action on people
  import-datahq FILE             people of datahq/auth: its table "users" as CSV or pg_dump's text
  import-conductor FILE          people of os-conductor: its users index, a line of JSON for each

USER is an id, a username, or the e-mail address of a local account.
DATE is 2027-01-31 or a moment such as 2027-01-31T12:00:00Z.

  --json       one JSON document on standard output, as the API answers
  --dry-run    of an import: say what would come of it, change nothing
  --force      of keys rotate: also before every verifier can know the next key
  --help       show this

Variables: DATABASE_URL, for rotating KEY_ENCRYPTION_KEY, and for links EXTERNAL_ADDRESS, as auth has
them; where people sign in at Ory Kratos, its variables (KRATOS_…) too. With none, those of the platform that npm start keeps in .flyloft. Everything that is changed is
in the audit log. Exit status: 0 done, 1 failed or somebody could not be imported, 2 called wrongly. An
import can be run again at any time: it goes on where it was.
`;
