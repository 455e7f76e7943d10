import { problem } from '@flyloft/common';
import type { Endpoint } from '@flyloft/service-kit';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { User } from '../../users/user.ts';
import type { UserStore } from '../../users/user-store.ts';
import { keptParameters, noStore } from '../request-parts.ts';
import { isStrict, parameterOf } from './kept-request.ts';

const query = z.object({
  username: z.string().optional().describe('Without regard to case'),
  strict: z.literal('1').optional().describe('404 instead of 200 with the negative body'),
});

const profileSchema = z.object({
  id: z.string(),
  name: z.string().nullable(),
  join_date: z.iso.datetime(),
  avatar_url: z.string().nullable(),
  gravatar: z.string().describe('The same as id'),
});

const answers = (schema: z.ZodType) => ({
  200: { description: 'The person, or that there is none', schema },
  400: { description: 'A repeated parameter' },
  404: { description: 'strict=1: nobody has this username' },
  429: { description: 'Too many requests' },
});

/** `/auth/resolve` and `/auth/get_profile`: people by their username, for everybody (auth.md 1.2). */
export function findPeopleEndpoints(
  users: UserStore,
  isHidden: (userId: string) => Promise<boolean>,
  limit: RequestHandler,
): Endpoint[] {
  const find = async (req: Request): Promise<User | undefined> => {
    const username = parameterOf(req, 'username');
    const user = username === undefined ? undefined : await users.findByUsername(username);
    if (user === undefined && isStrict(req)) throw problem('not_found', 'Nobody has this username');
    return user;
  };
  const resolve: RequestHandler = async (req, res) => {
    res.json({ userid: (await find(req))?.idhash ?? null });
  };
  const getProfile: RequestHandler = async (req, res) => {
    const user = await find(req);
    if (user === undefined) return void res.json({ found: false, profile: null });
    const { idhash: id, joinDate } = user;
    // What moderators hide of a person is what the person chose to show.
    const { name, avatarUrl } = (await isHidden(user.id)) ? { name: null, avatarUrl: null } : user;
    const profile = { id, name, join_date: joinDate.toISOString(), avatar_url: avatarUrl, gravatar: id };
    res.json({ found: true, profile });
  };
  return [
    {
      ...{
        method: 'get',
        path: '/auth/resolve',
        tag: 'people',
        summary: 'The id of a username',
        request: { query },
      },
      answers: answers(z.object({ userid: z.string().nullable() })),
      handlers: [noStore, limit, ...keptParameters, resolve],
    },
    {
      ...{
        method: 'get',
        path: '/auth/get_profile',
        tag: 'people',
        summary: 'The public profile of a username',
        request: { query },
      },
      answers: answers(z.object({ found: z.boolean(), profile: profileSchema.nullable() })),
      handlers: [noStore, limit, ...keptParameters, getProfile],
    },
  ];
}
