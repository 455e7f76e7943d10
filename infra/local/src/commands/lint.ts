import { CHECKS, runCheck } from './checks.ts';
import { runCommand } from './run-command.ts';

await runCommand(async () => {
  for (const check of CHECKS) {
    if (!(await runCheck(check))) process.exitCode = 1;
  }
});
