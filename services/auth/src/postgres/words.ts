import { randomUUID } from 'node:crypto';
import { foldPhrase, phraseKey, problem, refuseWords, type WordList } from '@flyloft/common';
import { Prisma } from '../generated/prisma/client.ts';
import type { WordStore } from '../moderation/words.ts';
import { rowsOf } from '../routes/paging.ts';
import { writeAudit } from './audit.ts';
import type { Database, Queries } from './database.ts';

/** Administrators keep some hundred phrases: they are read whole. */
export async function readWordList(queries: Queries): Promise<WordList> {
  const rows = await queries.wordPhrase.findMany({ select: { folded: true, allowed: true } });
  const keys = (wanted: boolean) =>
    new Set(rows.filter(({ allowed }) => allowed === wanted).map(({ folded }) => phraseKey(folded)));
  const longest = Math.max(0, ...rows.map(({ folded }) => folded.split(' ').length));
  return { blocked: keys(false), allowed: keys(true), longest };
}

/** @throws {ProblemError} 400 naming the phrases that a text may not hold. */
export async function refuseListedWords(
  queries: Queries,
  texts: Readonly<Record<string, string | null | undefined>>,
): Promise<void> {
  const given = Object.entries(texts).flatMap(([name, text]) => (text ? [[name, text] as const] : []));
  if (given.length > 0) refuseWords(Object.fromEntries(given), await readWordList(queries));
}

/** True for what a unique index refused. */
export const isTaken = (error: unknown) =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002';

export function createWordStore(database: Database): WordStore {
  return {
    current: () => readWordList(database),
    list: async ({ allowed }, page) => {
      const where = allowed === undefined ? {} : { allowed };
      const [entries, total] = await Promise.all([
        database.wordPhrase.findMany({ where, orderBy: { folded: 'asc' }, ...rowsOf(page) }),
        database.wordPhrase.count({ where }),
      ]);
      return { entries, total };
    },
    add: ({ phrase, allowed }, context) =>
      database
        .$transaction(async (queries) => {
          const folded = foldPhrase(phrase);
          const data = { id: randomUUID(), phrase, folded, allowed, createdBy: context.actor };
          const made = await queries.wordPhrase.create({ data });
          await writeAudit(queries, context, {
            action: 'word.added',
            target: made.id,
            details: { phrase, allowed },
          });
          return made;
        })
        .catch((error: unknown) => {
          throw isTaken(error) ? problem('conflict', 'The list has this phrase already') : error;
        }),
    remove: (id, context) =>
      database.$transaction(async (queries) => {
        const [removed] = await queries.$queryRaw<{ phrase: string }[]>`
          DELETE FROM auth.word_phrases WHERE id = ${id}::uuid RETURNING phrase`;
        if (removed === undefined) throw problem('not_found', 'The list has no phrase with this id');
        const details = { phrase: removed.phrase };
        await writeAudit(queries, context, { action: 'word.removed', target: id, details });
      }),
  };
}
