import type { PackageComment } from '@flyloft/registry';
import { z } from 'zod';
import { isStorableText } from '../http/parameters.ts';

const MAX_CHARACTERS = 480;

/** What a comment is made or changed with; whoever else a body says wrote it, or when, is not read. */
export const commentBody = z.object({
  text: z
    .string()
    .trim()
    .min(1)
    .refine(
      (text) => Array.from(text).length <= MAX_CHARACTERS,
      `may have at most ${MAX_CHARACTERS} characters`,
    )
    .refine(isStorableText, 'holds a null character or a broken one')
    .describe('1 to 480 characters'),
});

export const commentSchema = z.object({
  id: z.uuid(),
  package: z.string(),
  author: z.string().describe('A userid'),
  text: z.string(),
  created_at: z.iso.datetime(),
  edited_at: z.iso.datetime().nullable(),
  edited_by: z.string().nullable().describe('The author, or a moderator'),
  hidden: z.boolean().describe('Shown to its author and moderators alone'),
});

export function toCommentBody(comment: PackageComment): z.output<typeof commentSchema> {
  const { id, packageId, author, text, createdAt, editedAt, editedBy, hidden } = comment;
  return {
    ...{ id, package: packageId, author, text, created_at: createdAt.toISOString() },
    ...{ edited_at: editedAt?.toISOString() ?? null, edited_by: editedBy ?? null, hidden },
  };
}
