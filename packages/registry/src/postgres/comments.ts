import { randomUUID } from 'node:crypto';
import type { PackageComment } from '../community/comment.ts';
import { Prisma, type PrismaClient } from '../generated/prisma/client.ts';
import type { Registry } from '../registry.ts';

type Comments = Pick<
  Registry,
  'createComment' | 'comments' | 'findComment' | 'changeComment' | 'removeComment'
>;

interface CommentRow {
  readonly id: string;
  readonly package_id: string;
  readonly author: string;
  readonly text: string;
  readonly created_at: Date;
  readonly edited_at: Date | null;
  readonly edited_by: string | null;
  readonly hidden: boolean;
}

const toComment = (row: CommentRow): PackageComment => ({
  ...{ id: row.id, packageId: row.package_id, author: row.author, text: row.text, hidden: row.hidden },
  ...{
    createdAt: row.created_at,
    editedAt: row.edited_at ?? undefined,
    editedBy: row.edited_by ?? undefined,
  },
});

/** Comments on packages; who may see or change one is decided by the caller. */
export function createComments(database: PrismaClient): Comments {
  return {
    createComment: async ({ packageId, author, text, keyHash = null }) => {
      const [made] = await database.$queryRaw<CommentRow[]>`
        INSERT INTO registry.comments (id, package_id, author, text, key_hash)
        SELECT ${randomUUID()}::uuid, id, ${author}, ${text}, ${keyHash} FROM registry.packages
        WHERE id = ${packageId} FOR KEY SHARE
        ON CONFLICT (author, key_hash) DO NOTHING RETURNING *`;
      if (made !== undefined) return { kind: 'made', comment: toComment(made) };
      const [known] = await database.$queryRaw<CommentRow[]>`
        SELECT * FROM registry.comments WHERE author = ${author} AND key_hash = ${keyHash}`;
      return known === undefined ? { kind: 'no package' } : { kind: 'known', comment: toComment(known) };
    },
    comments: async (packageId, { viewer = null, all = false }, { page, perPage }) => {
      const shown = all ? Prisma.sql`true` : Prisma.sql`(NOT hidden OR author = ${viewer})`;
      const where = Prisma.sql`package_id = ${packageId} AND ${shown}`;
      const [rows, [count]] = await Promise.all([
        database.$queryRaw<CommentRow[]>`
          SELECT * FROM registry.comments WHERE ${where} ORDER BY created_at, id
          LIMIT ${perPage} OFFSET ${(page - 1) * perPage}`,
        database.$queryRaw<{ total: number }[]>`
          SELECT count(*)::int AS total FROM registry.comments WHERE ${where}`,
      ]);
      return { items: rows.map(toComment), total: count?.total ?? 0 };
    },
    findComment: async (id) => {
      const rows = await database.$queryRaw<CommentRow[]>`
        SELECT * FROM registry.comments WHERE id = ${id}::uuid`;
      return rows.map(toComment)[0];
    },
    changeComment: async (id, { text, editor }) => {
      const rows = await database.$queryRaw<CommentRow[]>`
        UPDATE registry.comments SET text = ${text}, edited_at = clock_timestamp(), edited_by = ${editor}
        WHERE id = ${id}::uuid RETURNING *`;
      return rows.map(toComment)[0];
    },
    removeComment: async (id) =>
      (await database.$executeRaw`DELETE FROM registry.comments WHERE id = ${id}::uuid`) > 0,
  };
}
