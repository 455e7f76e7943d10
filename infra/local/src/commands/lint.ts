import { LINTS, runCheck, TYPES } from './checks.ts';
import { runCommand } from './run-command.ts';

await runCommand(async () => {
  for (const check of [TYPES, ...LINTS]) {
    if (!(await runCheck(check))) process.exitCode = 1;
  }
});
