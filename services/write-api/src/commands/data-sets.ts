// Moves data sets. In a container of write-api: node dist/commands/data-sets.js …
import { runCommand, UsageError } from '@flyloft/service-kit';
import { copyCommand } from '../moving/copy-command.ts';
import { HELP } from '../moving/help.ts';
import { importCommand } from '../moving/import-command.ts';

const COMMANDS: Readonly<Record<string, typeof copyCommand>> = {
  copy: copyCommand,
  'import-backdrop': importCommand,
};

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;

await runCommand(HELP, async () => {
  if (name === '--help' || name === '-h' || args.includes('--help')) {
    process.stdout.write(HELP);
    return 0;
  }
  if (command === undefined) throw new UsageError(name === '' ? 'no command given' : `no command "${name}"`);
  return command(args, { environment: process.env, output: process.stdout });
});
