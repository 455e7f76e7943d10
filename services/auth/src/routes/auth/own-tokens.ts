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
import type { TokenSummary } from '../../tokens/token-store.ts';
import { adminErrors } from '../admin/admin-errors.ts';
import { holderOf, requireRight } from '../admin/require-right.ts';
import { jsonBody, noStore } from '../request-parts.ts';

export interface OwnTokenDependencies {
  readonly sources: HolderSources;
  readonly services: ReadonlySet<string>;
  readonly now: () => Date;
}

const time = z.iso.datetime();
const tokenSchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  created_at: time,
  expires_at: time,
  last_used_at: time.nullable().describe('To the minute'),
});

function summaryAnswer(token: TokenSummary): z.output<typeof tokenSchema> {
  const { id, name, scopes, createdAt, expiresAt, lastUsedAt } = token;
  return {
    ...{ id, name, scopes: [...scopes], created_at: createdAt.toISOString() },
    expires_at: expiresAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}

/** `/auth/tokens`: the own personal access tokens (auth.md A7.4, part D row 21). */
export function ownTokenEndpoints({ sources, services, now }: OwnTokenDependencies): Endpoint[] {
  const { personalAccessTokens: tokens } = sources;
  const list: RequestHandler = async (_req, res) => {
    res.json({ tokens: (await tokens.list(holderOf(res).user.id, now())).map(summaryAnswer) });
  };
  const create: RequestHandler = async (req, res) => {
    const holder = holderOf(res);
    const wanted = validate(tokenRequestSchema, req.body, 'body');
    const request = { owner: holder.user, holder, services, now: now(), requestId: requestIdOf(res) };
    res.status(201).json(await issuePersonalAccessToken(wanted, request, tokens));
  };
  const revoke: RequestHandler = async (req, res) => {
    const { user, sid, mayCreateTokens } = holderOf(res);
    const id = String(req.params.id);
    // Of itself a token may always dispose: that is what a leaked one needs.
    if (!mayCreateTokens && sid !== `pat:${id}`) {
      throw problem('permission_denied', 'A personal access token can revoke no other');
    }
    const context = { actor: user.id, requestId: requestIdOf(res) };
    const revoked = await tokens.revoke(user.id, id, now(), context);
    if (!revoked) throw problem('not_found', 'You have no such token');
    res.status(204).end();
  };
  const shared = { tag: 'tokens', secured: true } as const;
  const mayCreate = requireRight(sources, { all: ['token:create:own'] }, 'profile');
  const own = requireRight(sources, { any: ['token:create:own', 'session:revoke:own'] }, 'profile');
  return [
    {
      ...{ ...shared, method: 'get', path: '/auth/tokens', summary: 'The own personal access tokens' },
      answers: {
        200: {
          description: 'Newest first; never their secrets',
          schema: z.object({ tokens: z.array(tokenSchema) }),
        },
        ...adminErrors,
      },
      handlers: [noStore, own, list],
    },
    {
      ...{ ...shared, method: 'post', path: '/auth/tokens', summary: 'Make a personal access token' },
      request: { body: { schema: tokenRequestSchema } },
      answers: {
        201: { description: 'The token, shown this once', schema: tokenAnswerSchema },
        ...adminErrors,
      },
      handlers: [noStore, mayCreate, ...jsonBody, create],
    },
    {
      ...{ ...shared, method: 'delete', path: '/auth/tokens/:id', summary: 'Revoke a personal access token' },
      request: { params: z.object({ id: z.string() }) },
      answers: {
        204: { description: 'Revoked; services refuse its tokens within a minute' },
        ...adminErrors,
        404: { description: 'You have no such token' },
      },
      handlers: [noStore, own, revoke],
    },
  ];
}
