import { problem } from '@flyloft/common';
import { type Endpoint, requestIdOf, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { HolderSources } from '../../tokens/holder.ts';
import {
  issuePersonalAccessToken,
  tokenAnswerSchema,
  tokenRequestSchema,
} from '../../tokens/issue-personal-access-token.ts';
import { refuseHigher } from '../../users/user-administration.ts';
import type { UserStore } from '../../users/user-store.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { actorOf, personId } from './acting.ts';
import { adminErrors } from './admin-errors.ts';
import { holderOf, requireRight } from './require-right.ts';

export interface CreateTokenDependencies {
  readonly sources: HolderSources;
  readonly users: UserStore;
  readonly services: ReadonlySet<string>;
  readonly now: () => Date;
}

const paramsSchema = z.object({ id: z.string() });

/** POST `/admin/users/:id/tokens`: a personal access token for a person (auth.md A2, A7.4). */
export function createTokenEndpoint({ sources, users, services, now }: CreateTokenDependencies): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const wanted = validate(tokenRequestSchema, req.body, 'body');
    const owner = await users.find(personId(req));
    if (owner === undefined) throw problem('not_found', 'No person has this id');
    refuseHigher(owner, actorOf(res));
    const request = { owner, holder: holderOf(res), services, now: now(), requestId: requestIdOf(res) };
    res.status(201).json(await issuePersonalAccessToken(wanted, request, sources.personalAccessTokens));
  };
  return {
    method: 'post',
    path: '/admin/users/:id/tokens',
    tag: 'administration',
    summary: 'Make a personal access token for a person',
    secured: true,
    request: { params: paramsSchema, body: { schema: tokenRequestSchema } },
    answers: {
      201: { description: 'The token, shown this once', schema: tokenAnswerSchema },
      ...adminErrors,
      404: { description: 'No person has this id' },
    },
    handlers: [noStore, requireRight(sources, { all: ['token:create:any'] }), ...jsonBody, handler],
  };
}
