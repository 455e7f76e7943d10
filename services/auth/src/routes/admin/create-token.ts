import { problem } from '@flyloft/common';
import { type Endpoint, requestIdOf, validate } from '@flyloft/service-kit';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { HolderSources } from '../../tokens/holder.ts';
import { createPersonalAccessToken } from '../../tokens/personal-access-token.ts';
import { ALL_SCOPES, checkScopes } from '../../tokens/scopes.ts';
import { isAdministrator } from '../../users/user.ts';
import type { UserStore } from '../../users/user-store.ts';
import { jsonBody, noStore } from '../request-parts.ts';
import { adminErrors } from './admin-errors.ts';
import { administratorOf, requireAdministrator } from './require-administrator.ts';

export interface CreateTokenDependencies {
  readonly sources: HolderSources;
  readonly users: UserStore;
  readonly services: ReadonlySet<string>;
  readonly now: () => Date;
}

const YEAR_SECONDS = 365 * 86_400;
const DEFAULT_LIFE_SECONDS = 90 * 86_400;

const bodySchema = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.string()).min(1).max(50).default([ALL_SCOPES]),
  expires_in: z.int().min(1).max(YEAR_SECONDS).default(DEFAULT_LIFE_SECONDS).describe('Seconds'),
});
const paramsSchema = z.object({ id: z.string() });
const answerSchema = z.object({ id: z.string(), token: z.string().describe('Shown this once') });
const uuid = z.uuid();

/** POST `/admin/users/:id/tokens`: a personal access token for a person (auth.md A2, A7.4). */
export function createTokenEndpoint({ sources, users, services, now }: CreateTokenDependencies): Endpoint {
  const handler: RequestHandler = async (req, res) => {
    const holder = administratorOf(res);
    if (!holder.mayCreateTokens) {
      throw problem('permission_denied', 'A personal access token cannot create others');
    }
    const { name, scopes, expires_in } = validate(bodySchema, req.body, 'body');
    const id = uuid.safeParse(req.params.id);
    const user = id.success ? await users.find(id.data) : undefined;
    if (user === undefined) throw problem('not_found', 'No person has this id');
    checkScopes(scopes, { isAdministrator: isAdministrator(user), services });
    const made = createPersonalAccessToken();
    const expiresAt = new Date(now().getTime() + expires_in * 1000);
    const { secretHash } = made;
    await sources.personalAccessTokens.create(
      { id: made.id, userId: user.id, name, secretHash, scopes: [...new Set(scopes)], expiresAt },
      { actor: holder.user.id, requestId: requestIdOf(res) },
    );
    res.status(201).json({ id: made.id, token: made.token });
  };
  return {
    method: 'post',
    path: '/admin/users/:id/tokens',
    tag: 'administration',
    summary: 'Make a personal access token for a person',
    secured: true,
    request: { params: paramsSchema, body: { schema: bodySchema } },
    answers: {
      201: { description: 'The token, shown this once', schema: answerSchema },
      ...adminErrors,
      404: { description: 'No person has this id' },
    },
    handlers: [noStore, requireAdministrator(sources), ...jsonBody, handler],
  };
}
