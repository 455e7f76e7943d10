// Administers auth from the command line. In a container of auth: node dist/commands/auth.js …
import { parseArgs } from 'node:util';
import { importCommand } from './import-command.ts';
import { keysCommand } from './keys-command.ts';
import { HELP, UsageError } from './usage.ts';

const COMMANDS: Readonly<Record<string, typeof keysCommand>> = {
  keys: keysCommand,
  'import-datahq': importCommand('datahq'),
  'import-conductor': importCommand('conductor'),
};

const OPTIONS = {
  json: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  force: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

function read() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

async function main(): Promise<number> {
  const { values, positionals } = read();
  const [name = '', ...rest] = positionals;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) throw new UsageError(name === '' ? 'no command given' : `no command "${name}"`);
  return command(rest, {
    environment: process.env,
    json: values.json,
    dryRun: values['dry-run'],
    force: values.force,
    say: (text) => void process.stdout.write(`${text}\n`),
    tell: (text) => void process.stderr.write(text),
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof UsageError;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(isUsage ? `✗ ${text}\n\n${HELP}` : `✗ ${text}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
