// The root commands: makes the checkout ready, then hands over to the compiled command.
//   node infra/run.mjs <command> [arguments]
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkNode, setUp } from './set-up.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const [command = '', ...args] = process.argv.slice(2);

checkNode();
try {
  await setUp();
} catch (error) {
  process.stderr.write(`\n${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
if (command === 'build') process.exit(0);

const script = join(root, 'infra/local/dist/commands', `${command}.js`);
if (!existsSync(script)) {
  process.stderr.write(`There is no command "${command}".\n`);
  process.exit(2);
}
const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' });
// Ctrl-C reaches the child from the terminal; it decides when all is stopped.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
