import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { WordList } from '../words/find-phrases.ts';

/** What can be reported, and hidden. */
export const TARGET_KINDS = ['package', 'data-set', 'comment', 'user'] as const;

export type TargetKind = (typeof TARGET_KINDS)[number];

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const hiddenSchema = z.object({
  kind: z.enum(TARGET_KINDS),
  subject: hash.describe('SHA-256 in hex of the id'),
});

/** One thing that strangers are not to be shown. */
export type HiddenTarget = z.infer<typeof hiddenSchema>;

/** The answer of `/auth/moderation`: all of it, every time. */
export const moderationStateSchema = z.object({
  words: z.object({
    blocked: z.array(hash).describe('SHA-256 in hex of folded phrases'),
    allowed: z.array(hash),
    longest: z.int().min(0).describe('Words of the longest phrase'),
  }),
  hidden: z.array(hiddenSchema),
});

export type ModerationState = z.infer<typeof moderationStateSchema>;

/** How the feed names a target. */
export function hiddenSubject(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}

/** The list of words of a feed, ready for looking things up. */
export function wordListOf({ words }: Pick<ModerationState, 'words'>): WordList {
  return { blocked: new Set(words.blocked), allowed: new Set(words.allowed), longest: words.longest };
}
