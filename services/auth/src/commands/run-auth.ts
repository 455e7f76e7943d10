import { parseOptions, UsageError } from '@flyloft/service-kit';
import { appCommand } from './app-command.ts';
import { auditCommand } from './audit-command.ts';
import { clientCommand } from './client-command.ts';
import { importCommand } from './import-command.ts';
import { keysCommand } from './keys-command.ts';
import { reportCommand } from './report-command.ts';
import { roleCommand } from './role-command.ts';
import { serviceCommand } from './service-command.ts';
import { sessionCommand } from './session-command.ts';
import { type CommandContext, HELP, OPTIONS } from './usage.ts';
import { userCommand } from './user-command.ts';
import { wordCommand } from './word-command.ts';

type Command = (args: string[], context: CommandContext) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  user: userCommand,
  role: roleCommand,
  session: sessionCommand,
  app: appCommand,
  client: clientCommand,
  service: serviceCommand,
  word: wordCommand,
  report: reportCommand,
  keys: keysCommand,
  audit: auditCommand,
  'import-datahq': importCommand('datahq'),
  'import-conductor': importCommand('conductor'),
};

/**
 * Runs what somebody has typed after `npm run auth --`, and answers the exit status.
 * @throws {UsageError} when it was called wrongly; whatever else kept it from being done.
 */
export async function runAuth(
  typed: string[],
  surroundings: Omit<CommandContext, 'options'>,
): Promise<number> {
  const { values, positionals } = parseOptions({ args: typed, options: OPTIONS, allowPositionals: true });
  const [name = '', ...rest] = positionals;
  if (values.help) {
    surroundings.say(HELP.trimEnd());
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(name === '' ? 'no command given' : `no command "${name}"`);
  return command(rest, { ...surroundings, options: values });
}
