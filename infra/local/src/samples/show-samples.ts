import { createPlatformClient } from '../platform/platform-client.ts';
import type { PlatformDescription } from '../platform/platform-file.ts';
import { loadMoldova, MOLDOVA_QUERY, moldovaTable } from './moldova.ts';
import { loadSeattle, SEATTLE_QUERY, seattleTable } from './seattle.ts';

/** Loads both samples and shows one answer of each. @throws {ExpectedError} when any of it goes wrong. */
export async function showSamples(
  description: PlatformDescription,
  say: (line: string) => void,
): Promise<void> {
  const client = createPlatformClient(description);
  say("\nLoading a fiscal data package: Moldova's budget of 2014");
  const cube = await loadMoldova(client, say);
  say('\n  What the state spent most on:\n');
  say(await moldovaTable(client, cube));
  say(`\n    ${client.origin}/api/3/cubes/${cube}/aggregate?${MOLDOVA_QUERY}`);

  say("\nWriting a data set: Seattle's weather, 2012 to 2015");
  say(`    ${await loadSeattle(client)} records`);
  say('\n  2015 by month:\n');
  say(await seattleTable(client));
  say(`\n    ${client.origin}/data/seattle/weather?${SEATTLE_QUERY}`);
}
