// Administers auth from the command line. In a container of auth: node dist/commands/auth.js …
import { text } from 'node:stream/consumers';
import { runCommand } from '@flyloft/service-kit';
import { askForSecret } from './ask-for-secret.ts';
import { runAuth } from './run-auth.ts';
import { HELP } from './usage.ts';

await runCommand(HELP, () =>
  runAuth(process.argv.slice(2), {
    environment: process.env,
    say: (line) => void process.stdout.write(`${line}\n`),
    tell: (progress) => void process.stderr.write(progress),
    readSecret: async (prompt) =>
      process.stdin.isTTY
        ? askForSecret(prompt, process.stdin, process.stderr)
        : (await text(process.stdin)).replace(/\r?\n$/, ''),
  }),
);
