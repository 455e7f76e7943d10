import { createScreen } from '../screen/progress-bar.ts';
import { openPackageAccess } from './follow-load.ts';
import { goesOn, watchInterruption } from './interruption.ts';
import { counted, loadPackage } from './load-package.ts';
import { openPlatform } from './open-platform.ts';
import type { Arguments } from './read-arguments.ts';
import { reportLines } from './show-report.ts';

/** `load DIR|URL`; answers the exit status. */
export async function loadCommand(given: Arguments): Promise<number> {
  const screen = createScreen(given.json ? process.stderr : process.stdout);
  const interruption = watchInterruption(screen, 'Nothing was loaded.');
  const client = await openPlatform(given);
  const access = await openPackageAccess(client);
  const onQueued = (id: string) => interruption.say(goesOn(client.origin, id));
  const { load, cube } = await loadPackage(access, given.subject, screen, { ...given, onQueued });
  for (const line of reportLines(load, screen.width, `${client.origin}/loads/${load.id}/errors.csv`))
    screen.lasting(line);
  if (given.json) process.stdout.write(`${JSON.stringify({ ...load, cube: cube ?? null }, undefined, 2)}\n`);
  if (cube === undefined) return 1;
  screen.lasting(
    `✓ ${load.package}: ${counted(load.progress)}${load.unchanged ? ', unchanged since the last load' : ''}`,
  );
  screen.lasting(`  ${cube}`);
  return 0;
}
