import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { HolderSources } from '../../tokens/holder.ts';
import type { User } from '../../users/user.ts';
import { keptParameters, noStore } from '../request-parts.ts';
import { keptAnswer, requireKeptHolder, requireOwnPermission, requireScope } from './kept-request.ts';
import { keptErrors, keptQuery } from './kept-schemas.ts';

const profileSchema = z.object({
  /** The idhash. */
  id: z.string(),
  idhash: z.string(),
  uuid: z.uuid(),
  provider_id: z.string().nullable(),
  username: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  avatar_url: z.string().nullable(),
  join_date: z.iso.datetime(),
});

const answerSchema = z.union([
  z.object({ authenticated: z.literal(true), profile: profileSchema }),
  z.object({ authenticated: z.literal(false), providers: z.record(z.string(), z.object({ url: z.url() })) }),
]);

function profileOf(user: User): z.input<typeof profileSchema> {
  return {
    id: user.idhash,
    idhash: user.idhash,
    uuid: user.id,
    provider_id: user.providerId,
    username: user.username,
    name: user.name,
    email: user.email,
    avatar_url: user.avatarUrl,
    join_date: user.joinDate.toISOString(),
  };
}

/** `/auth/check` and `/user/check`: who the token belongs to, or where to sign in (auth.md A2, 1.2). */
export function checkEndpoints(sources: HolderSources, origin: string): Endpoint[] {
  const handler: RequestHandler = async (req, res) => {
    // No sign-in provider is configured, so there is none to name.
    const negative = { authenticated: false as const, providers: {} };
    const answer: z.input<typeof answerSchema> = await keptAnswer(req, negative, async () => {
      const holder = await requireKeptHolder(req, sources, origin);
      requireScope(holder, 'profile');
      requireOwnPermission(holder, 'profile:read:own');
      return { authenticated: true, profile: profileOf(holder.user) };
    });
    res.json(answer);
  };
  return ['/auth/check', '/user/check'].flatMap((path) =>
    (['get', 'post'] as const).map((method) => ({
      method,
      path,
      tag: 'sign-in',
      summary: 'Who a token belongs to',
      secured: true,
      request: { query: keptQuery },
      answers: {
        200: { description: 'The person, or the negative body', schema: answerSchema },
        ...keptErrors,
      },
      handlers: [noStore, ...keptParameters, handler],
    })),
  );
}
