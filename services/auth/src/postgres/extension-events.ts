import type { AppOptions } from '@flyloft/service-kit';
import type { ExtensionEvent, Extensions } from '../extensions/extensions.ts';
import type { Person } from '../extensions/person.ts';
import type { Database } from './database.ts';

const AT_ONCE = 20;
/** After the tenth failure, some three hours, an event is given up. */
const MOST_ATTEMPTS = 10;

interface Row {
  readonly id: bigint;
  readonly event: ExtensionEvent;
  readonly person: Person;
  readonly attempts: number;
}

/**
 * Takes some events that are due; until they are done or due again no other replica takes them. The time
 * doubles: 20 s after the first attempt, then 40 s, …
 */
function takeDue(database: Database): Promise<Row[]> {
  return database.$queryRaw<Row[]>`
    UPDATE auth.extension_events
    SET attempts = attempts + 1, due_at = now() + interval '20 seconds' * power(2, attempts)
    WHERE id IN (
      SELECT id FROM auth.extension_events WHERE due_at <= now()
      ORDER BY id LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
    )
    RETURNING id, event, person, attempts`;
}

/**
 * Tells extensions what happened, once it is committed: at least once, in the order in which it happened
 * unless one fails. Answers how many events it took.
 */
export async function tellExtensions(
  database: Database,
  extensions: Extensions,
  logger: AppOptions['logger'],
): Promise<number> {
  const rows = await takeDue(database);
  for (const { id, event, person, attempts } of rows.sort((one, other) => Number(one.id - other.id))) {
    try {
      await extensions.tell(event, person);
    } catch (err) {
      logger.warn({ err, event, attempts }, 'an extension failed; it is told again later');
      if (attempts < MOST_ATTEMPTS) continue;
      logger.error({ event, person: person.uuid }, 'an extension failed too often; it is not told again');
    }
    await database.extensionEvent.deleteMany({ where: { id } });
  }
  return rows.length;
}

/** Where no extension is installed, nobody is to be told; a day, in case that a replica has some. */
export async function forgetEvents(database: Database): Promise<void> {
  await database.$executeRaw`DELETE FROM auth.extension_events WHERE created_at < now() - interval '1 day'`;
}
