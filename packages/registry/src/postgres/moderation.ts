import type { Notice } from '../community/notice.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import type { Registry } from '../registry.ts';

type Moderation = Pick<Registry, 'applyModeration' | 'wordList' | 'noticesToSend' | 'forgetNotice'>;

interface NoticeRow extends Pick<Notice, 'id' | 'kind' | 'userid' | 'detail'> {
  readonly package_id: string | null;
  readonly subject_id: string | null;
}

/** What auth says, and what auth is to say to people. */
export function createModeration(database: PrismaClient): Moderation {
  return {
    applyModeration: ({ words, hidden }) =>
      database.$transaction(async (transaction) => {
        // Replicas of the conductor read the same feed: one after the other.
        await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtext('registry moderation'))`;
        await transaction.$executeRaw`
          INSERT INTO registry.word_list (words) VALUES (${JSON.stringify(words)}::jsonb)
          ON CONFLICT (only_row) DO UPDATE SET words = excluded.words`;
        const given = JSON.stringify(hidden);
        const shown = await transaction.$executeRaw`
          DELETE FROM registry.hidden_subjects AS known WHERE NOT EXISTS (
            SELECT FROM jsonb_to_recordset(${given}::jsonb) AS given (kind text, subject text)
            WHERE given.kind = known.kind AND given.subject = known.subject)`;
        const added = await transaction.$executeRaw`
          INSERT INTO registry.hidden_subjects (kind, subject)
          SELECT kind, subject FROM jsonb_to_recordset(${given}::jsonb) AS given (kind text, subject text)
          WHERE kind IN ('package', 'comment')
          ON CONFLICT DO NOTHING`;
        if (shown + added === 0) return;
        // Hashing every id takes 0.1 s for 100,000 packages, and happens when a moderator has acted.
        await transaction.$executeRaw`
          UPDATE registry.packages SET hidden = NOT hidden WHERE hidden <> registry.is_hidden('package', id)`;
        await transaction.$executeRaw`
          UPDATE registry.comments SET hidden = NOT hidden
          WHERE hidden <> registry.is_hidden('comment', id::text)`;
      }),
    wordList: async () => {
      const [row] = await database.$queryRaw<
        { words: { blocked: string[]; allowed: string[]; longest: number } }[]
      >`SELECT words FROM registry.word_list`;
      const { blocked = [], allowed = [], longest = 0 } = row?.words ?? {};
      return { blocked: new Set(blocked), allowed: new Set(allowed), longest };
    },
    noticesToSend: async (limit = 100) => {
      const rows = await database.$queryRaw<NoticeRow[]>`
        SELECT * FROM registry.notices ORDER BY created_at, id LIMIT ${limit}`;
      return rows.map(({ package_id, subject_id, id, kind, userid, detail }) => ({
        ...{ id, kind, userid, detail, packageId: package_id, subjectId: subject_id },
      }));
    },
    forgetNotice: async (id) => {
      await database.$executeRaw`DELETE FROM registry.notices WHERE id = ${id}::uuid`;
    },
  };
}
