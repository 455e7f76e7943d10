import { loadConfiguration, UsageError } from '@flyloft/service-kit';
import { keysConfiguration } from '../config.ts';
import type { KeyDescription } from '../keys/key-administration.ts';
import { createKeyEncryption } from '../keys/key-encryption.ts';
import { keyMaker } from '../keys/key-ring.ts';
import { createDatabase } from '../postgres/database.ts';
import { createKeyAdministration } from '../postgres/key-administration.ts';
import { OPERATOR } from './administration.ts';
import type { CommandContext } from './usage.ts';

function lineOf({ kid, state, activatedAt, createdAt }: KeyDescription): string {
  const since =
    activatedAt === null
      ? `published ${createdAt.toISOString()}`
      : `signed from ${activatedAt.toISOString()}`;
  return `${state.padEnd(8)}  ${kid}  ${since}`;
}

/** `keys list|rotate|retire`. */
export async function keysCommand(
  [action, kid, ...more]: string[],
  context: CommandContext,
): Promise<number> {
  const { environment, say } = context;
  const { json, force } = context.options;
  const known = more.length === 0 && (action === 'retire' ? kid !== undefined : kid === undefined);
  if (!known || !['list', 'rotate', 'retire'].includes(action ?? '')) {
    throw new UsageError('it is keys list, keys rotate or keys retire KID');
  }
  const config = loadConfiguration(keysConfiguration, environment);
  const database = createDatabase(config.DATABASE_URL);
  try {
    const keys = createKeyAdministration(database, keyMaker(createKeyEncryption(config.KEY_ENCRYPTION_KEY)));
    if (action === 'rotate') await keys.rotate({ now: new Date(), force }, OPERATOR);
    if (action === 'retire') await keys.retire(String(kid), new Date(), OPERATOR);
    const list = await keys.list();
    say(json ? JSON.stringify({ keys: list }) : list.map(lineOf).join('\n'));
    return 0;
  } finally {
    await database.$disconnect();
  }
}
