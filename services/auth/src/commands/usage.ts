import type { parseArgs } from 'node:util';

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
  mail: { type: 'boolean', default: false },
  url: { type: 'string' },
  external: { type: 'boolean', default: false },
  'no-external': { type: 'boolean', default: false },
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
  description: { type: 'string' },
  permission: { type: 'string', multiple: true },
  everyone: { type: 'boolean', default: false },
  allowed: { type: 'boolean', default: false },
  state: { type: 'string' },
  type: { type: 'string' },
  hide: { type: 'boolean', default: false },
  show: { type: 'boolean', default: false },
  'all-of-target': { type: 'boolean', default: false },
} as const;

export type CommandOptions = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

export const HELP = `Usage: npm run auth -- COMMAND [OPTIONS]

  user list [--search TEXT] [--role ROLE] [--page N]
  user show USER
  user create EMAIL [--name NAME] [--role ROLE]… [--password | --mail]
                                 without --password it prints a link to choose one, or mails it
  user update USER [--name NAME] [--username NAME] [--email ADDRESS]
  user delete USER
  user setpassword USER          asks for it, or reads it from standard input; ends all sessions
  user setrole USER ROLE…        these roles and no others
  user setrole USER --app SLUG ROLE
                                 what somebody is in an application: admin, user, "no access"
  user recover USER [--code] [--mail]
                                 a link to set a new password; for people at Ory Kratos also a code
  user suspend USER --until DATE --reason TEXT
                                 shuts somebody out and ends all sessions; over by itself on that date
  user lift USER                 lets somebody in again before that date
  user export USER               everything that is kept of a person, as JSON
  role list
  role permissions               everything that roles can hold
  role show NAME
  role set NAME [--description TEXT] [--permission NAME]…
                                 makes a role or changes it: these permissions and no others
  role delete NAME
  session list USER
  session revoke USER [SESSION]  without SESSION all of them
  app list [--page N]
  app create SLUG --name NAME --url ADDRESS [--external] [--default-role ROLE]
  app show SLUG
  app update SLUG [--name NAME] [--url ADDRESS] [--external | --no-external] [--default-role ROLE]
  app delete SLUG                with its clients and their tokens
  app roles SLUG [--page N]      the roles that were given there
  client list [--page N]
  client create NAME --redirect-uri ADDRESS… [--kind web|browser|native|machine]
                [--app SLUG] [--id ID] [--logout-uri ADDRESS]…
                                 prints its secret, this once
  client show ID
  client update ID [--name NAME] [--app SLUG] [--redirect-uri ADDRESS]… [--logout-uri ADDRESS]…
                                 what is left out stays; addresses that are given are all there are
  client rotate-secret ID        a new secret; the one before works no longer
  client delete ID
  service list                   the services that tokens are made for
  service permissions ALIAS [--page N]
                                 who may do what there
  service set ALIAS USER|--everyone --permission NAME[=JSON]…
                                 this and nothing else
  service unset ALIAS USER|--everyone
  word list [--allowed] [--page N]
  word add PHRASE [--allowed]    texts may not hold it; --allowed: what lies within it is let stand
  word delete ID
  report list [--state open|dismissed|closed|all] [--type package|data-set|comment|user] [--page N]
  report show ID
  report dismiss ID [--all-of-target] [--hide | --show]
                                 there was nothing wrong
  report close ID [--all-of-target] [--hide | --show]
                                 there was, and it has been dealt with
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

Variables, as auth has them: DATABASE_URL; for rotating KEY_ENCRYPTION_KEY; for links EXTERNAL_ADDRESS, and
to mail them SMTP_URL and KEY_ENCRYPTION_KEY; ALLOWED_SERVICES and REPORTS_TO_HIDE where they are set; where
people sign in at Ory Kratos, its variables (KRATOS_…) too. With none, those of the platform that npm start
keeps in .flyloft. Everything that is changed is in the audit log. Exit status: 0 done, 1 failed or somebody could not be imported, 2 called wrongly. An
import can be run again at any time: it goes on where it was.
`;
