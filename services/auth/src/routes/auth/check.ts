import type { Endpoint } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { KratosSide } from '../../kratos/kratos-mode.ts';
import { KRATOS } from '../../kratos/profile.ts';
import { type NextPolicy, parseNext } from '../../next/parse-next.ts';
import { withNext } from '../../pages/sign-in-page.ts';
import type { Provider } from '../../providers/provider.ts';
import { NEXT_NOT_ALLOWED } from '../../sign-in/sign-in-service.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import type { User } from '../../users/user.ts';
import { keptParameters, noStore } from '../request-parts.ts';
import {
  keptAnswer,
  parameterOf,
  requireKeptHolder,
  requireOwnPermission,
  requireScope,
} from './kept-request.ts';
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

interface CheckOptions {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly nextPolicy: NextPolicy;
  readonly kratos: KratosSide | undefined;
}

/** Where to sign in and come back from; a `next` that is not allowed appears in no address (auth.md A7.7). */
function providersFor(
  next: string | undefined,
  origin: string,
  { providers, nextPolicy, kratos }: CheckOptions,
) {
  const isAllowed = next === undefined || parseNext(next, nextPolicy) !== undefined;
  const urlOf = (path: string) => ({
    url: `${origin}${isAllowed ? withNext(path, next) : NEXT_NOT_ALLOWED}`,
  });
  return Object.fromEntries([
    ...[...providers.keys()].map((name) => [name, urlOf(`/auth/${name}/start`)]),
    ...(kratos ? [[KRATOS, urlOf('/auth/login')]] : []),
  ]);
}

/** `/auth/check` and `/user/check`: who the token belongs to, or where to sign in (auth.md A2, 1.2). */
export function checkEndpoints(sources: HolderSources, origin: string, signIn: CheckOptions): Endpoint[] {
  const handler: RequestHandler = async (req, res) => {
    const negative = {
      authenticated: false as const,
      providers: providersFor(parameterOf(req, 'next'), origin, signIn),
    };
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
      direct: 'with a query',
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
