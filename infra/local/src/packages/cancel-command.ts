import { createScreen } from '../screen/progress-bar.ts';
import { openPackageAccess } from './follow-load.ts';
import type { LoadAnswer } from './load-answer.ts';
import { openPlatform } from './open-platform.ts';
import type { Arguments } from './read-arguments.ts';

/** `cancel LOAD`; answers the exit status. */
export async function cancelCommand(given: Arguments): Promise<number> {
  const screen = createScreen(given.json ? process.stderr : process.stdout);
  const client = await openPlatform(given);
  const { token } = await openPackageAccess(client);
  const headers = { Authorization: `Bearer ${await token()}` };
  const path = `/loads/${encodeURIComponent(given.subject)}/cancel`;
  // the load body of packages.md A6
  const load = JSON.parse(await client.call(path, { method: 'POST', headers })) as LoadAnswer;
  if (given.json) process.stdout.write(`${JSON.stringify(load, undefined, 2)}\n`);
  screen.lasting(`✓ ${load.id} is cancelled; what was loaded before stays`);
  return 0;
}
