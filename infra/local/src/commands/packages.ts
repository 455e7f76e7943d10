import { cancelCommand } from '../packages/cancel-command.ts';
import { HELP } from '../packages/help.ts';
import { importCommand } from '../packages/import-command.ts';
import { loadCommand } from '../packages/load-command.ts';
import { readArguments } from '../packages/read-arguments.ts';
import { UsageError } from '../packages/usage-error.ts';
import { validateCommand } from '../packages/validate-command.ts';
import { runCommand } from './run-command.ts';

const COMMANDS = {
  load: loadCommand,
  import: importCommand,
  validate: validateCommand,
  cancel: cancelCommand,
};

await runCommand(async () => {
  try {
    const given = readArguments(process.argv.slice(2));
    if (given === undefined) return void process.stdout.write(HELP);
    const token = given.token ?? (process.env.FLYLOFT_TOKEN || undefined);
    process.exitCode = await COMMANDS[given.command]({ ...given, token });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`✗ ${error.message}\n\n${HELP}`);
    process.exitCode = 2;
  }
});
// Idle connections to the platform would keep the command for a while.
process.exit();
