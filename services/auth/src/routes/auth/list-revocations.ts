import { revocationPageSchema } from '@flyloft/common';
import { type Endpoint, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { RevocationFeed } from '../../revocations/revocation-feed.ts';

// Services ask every 15 seconds or so; a cache between them may spare the database most of that.
const CACHE_CONTROL = 'public, max-age=5';

const querySchema = z.strictObject({
  since: z
    .string()
    .regex(/^\d{1,18}$/, 'is not a cursor that this feed gave')
    .default('0')
    .describe('The `next` of the answer before; 0 for all of it'),
});

/**
 * GET `/auth/revocations`: what services must refuse although its signature is right (auth.md A1).
 * Public: it names nothing but hashes of ids that cannot be guessed.
 */
export function revocationsEndpoint(feed: RevocationFeed): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const { since } = validate(querySchema, req.query, 'parameters');
    res.set('Cache-Control', CACHE_CONTROL).json(await feed.since(BigInt(since)));
  };
  return {
    method: 'get',
    path: '/auth/revocations',
    tag: 'tokens',
    summary: 'Sessions, people and keys whose tokens are to be refused',
    description:
      'Oldest first, at most 1,000. `subject` is a SHA-256 in hex: of `sid` for a session or a personal access token, of `sub` for a person (service tokens with `iat` up to `revoked_at`), of `kid` for a key. Ask again with `next`; at once while `more` is true.',
    request: { query: querySchema },
    answers: {
      200: { description: 'What was revoked since', schema: revocationPageSchema },
      400: { description: 'Not a cursor' },
    },
    handlers: [handler],
  };
}
