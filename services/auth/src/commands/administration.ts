import { problem } from '@flyloft/common';
import { loadConfiguration, UsageError } from '@flyloft/service-kit';
import type { AuthStores } from '../app.ts';
import { databaseConfiguration } from '../config.ts';
import { createDatabase } from '../postgres/database.ts';
import { openPool } from '../postgres/pool.ts';
import { createStores } from '../postgres/stores.ts';
import { type Page, type Paged, pageAnswer, pageParameters } from '../routes/paging.ts';
import { findPerson } from '../users/find-person.ts';
import type { User } from '../users/user.ts';
import type { Actor } from '../users/user-administration.ts';
import type { CommandContext } from './usage.ts';

/** Who holds the database may do everything; the audit log says that it was the command line. */
export const OPERATOR: Actor = { actor: null, requestId: 'command-line', isAdministrator: true };

const PER_PAGE = 100;

/** Runs something on auth's stores. */
async function withStores<T>(
  { environment }: CommandContext,
  run: (stores: AuthStores) => Promise<T>,
): Promise<T> {
  const { DATABASE_URL } = loadConfiguration(databaseConfiguration, environment);
  const pool = openPool(DATABASE_URL);
  const database = createDatabase(pool);
  try {
    return await run(createStores(database, pool));
  } finally {
    await database.$disconnect();
    await pool.end();
  }
}

/** @throws {ProblemError} 404. */
export async function requirePerson(name: string, stores: AuthStores): Promise<User> {
  const person = await findPerson(name, stores);
  if (person === undefined) throw problem('not_found', `Nobody is called "${name}"`);
  return person;
}

/** The page of `--page`, of a hundred entries. */
export function pageOf({ options }: CommandContext): { page: number; per_page: number } {
  const page = pageParameters.page.safeParse(options.page);
  if (!page.success) throw new UsageError('--page is a number from 1');
  return { page: page.data, per_page: PER_PAGE };
}

/** The last line of a list that has more pages. */
function moreLine({ page, total }: { page: number; total: number }): string[] {
  const last = Math.ceil(total / PER_PAGE);
  return last > 1 ? [`page ${page} of ${last}, ${total} in all: --page N shows another`] : [];
}

/** One page of a list, as the API answers it or a line for each entry. */
export function sayPage<T, A>(
  { options, say }: CommandContext,
  { entries, total }: Paged<T>,
  page: Page,
  { answer, line }: { readonly answer: (entry: T) => A; readonly line: (entry: T) => string },
): void {
  say(
    options.json
      ? JSON.stringify(pageAnswer(entries.map(answer), total, page))
      : [...entries.map(line), ...moreLine({ page: page.page, total })].join('\n'),
  );
}

/** A day stands for its first moment (UTC). */
export function momentOf(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00Z` : text;
}

/** The subcommand of this name. @throws {UsageError} for any other. */
export function subcommandOf<T>(
  commands: Readonly<Record<string, T>>,
  command: string,
  action: string | undefined,
): T {
  const known = action !== undefined && Object.hasOwn(commands, action) ? commands[action] : undefined;
  if (known === undefined) throw new UsageError(`it is ${command} ${Object.keys(commands).join('|')}`);
  return known;
}

/** A subcommand that works on the stores. */
export type Action = (args: readonly string[], stores: AuthStores, context: CommandContext) => Promise<void>;

/** A command whose subcommands work on auth's stores. */
export function runAction(command: string, actions: Readonly<Record<string, Action>>) {
  return async ([action, ...args]: string[], context: CommandContext): Promise<number> => {
    const run = subcommandOf(actions, command, action);
    await withStores(context, (stores) => run(args, stores, context));
    return 0;
  };
}

/** As many arguments as there are names. @throws {UsageError} for more and fewer. */
export function argumentsOf(args: readonly string[], usage: string, count: number): readonly string[] {
  if (args.length !== count) throw new UsageError(`it is ${usage}`);
  return args;
}
