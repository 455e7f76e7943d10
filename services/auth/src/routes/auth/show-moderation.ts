import { type ModerationState, moderationStateSchema } from '@flyloft/common';
import { type Endpoint, sha256 } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import type { ReportStore } from '../../moderation/reports.ts';
import type { WordStore } from '../../moderation/words.ts';

/**
 * GET `/auth/moderation`: what other services refuse and do not show (auth.md A5). Public, as the
 * revocation feed is: it names nothing but hashes.
 */
export function moderationEndpoint(words: WordStore, reports: ReportStore): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const [list, hidden] = await Promise.all([words.current(), reports.hidden()]);
    const sorted = (keys: ReadonlySet<string>) => [...keys].sort();
    const state: ModerationState = {
      words: { blocked: sorted(list.blocked), allowed: sorted(list.allowed), longest: list.longest },
      hidden,
    };
    const tag = `"${sha256(JSON.stringify(state))}"`;
    res.set({ 'Cache-Control': 'public, max-age=5', ETag: tag });
    if (req.get('if-none-match') === tag) return void res.status(304).end();
    res.json(state);
  };
  return {
    ...{ method: 'get', path: '/auth/moderation', tag: 'moderation' },
    summary: 'The phrases that texts may not hold, and what is hidden',
    description:
      'Hashes: SHA-256 in hex of a folded phrase, or of the id of what is hidden. All of it, every time.',
    answers: {
      200: { description: 'All of it', schema: moderationStateSchema },
      304: { description: 'The answer is the one that you have' },
    },
    handlers: [handler],
  };
}
