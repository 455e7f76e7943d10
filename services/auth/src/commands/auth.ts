// Administers auth from the command line. In a container of auth: node dist/commands/auth.js …
import { text } from 'node:stream/consumers';
import { parseOptions, runCommand, UsageError } from '@flyloft/service-kit';
import { appCommand } from './app-command.ts';
import { askForSecret } from './ask-for-secret.ts';
import { auditCommand } from './audit-command.ts';
import { clientCommand } from './client-command.ts';
import { importCommand } from './import-command.ts';
import { keysCommand } from './keys-command.ts';
import { sessionCommand } from './session-command.ts';
import { type CommandContext, HELP, OPTIONS } from './usage.ts';
import { userCommand } from './user-command.ts';

type Command = (args: string[], context: CommandContext) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  user: userCommand,
  session: sessionCommand,
  app: appCommand,
  client: clientCommand,
  keys: keysCommand,
  audit: auditCommand,
  'import-datahq': importCommand('datahq'),
  'import-conductor': importCommand('conductor'),
};

await runCommand(HELP, async () => {
  const { values, positionals } = parseOptions({ options: OPTIONS, allowPositionals: true });
  const [name = '', ...rest] = positionals;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(name === '' ? 'no command given' : `no command "${name}"`);
  return command(rest, {
    environment: process.env,
    options: values,
    say: (line) => void process.stdout.write(`${line}\n`),
    tell: (progress) => void process.stderr.write(progress),
    readSecret: async (prompt) =>
      process.stdin.isTTY
        ? askForSecret(prompt, process.stdin, process.stderr)
        : (await text(process.stdin)).replace(/\r?\n$/, ''),
  });
});
