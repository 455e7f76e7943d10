import { ProblemError, problem } from '@flyloft/common';
import { type Endpoint, requestIdOf } from '@flyloft/service-kit';
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { AccountStore } from '../../accounts/account-store.ts';
import type { HolderSources } from '../../tokens/holder.ts';
import { usernameSchema } from '../../users/username.ts';
import { keptParameters, noStore } from '../request-parts.ts';
import {
  isStrict,
  parameterOf,
  requireKeptHolder,
  requireOwnPermission,
  requireScope,
} from './kept-request.ts';
import { keptErrors, keptQuery } from './kept-schemas.ts';

const answerSchema = z.union([
  z.object({ success: z.literal(true) }),
  z.object({ success: z.literal(false), error: z.string() }),
]);

const ALREADY_SET = 'Cannot modify username, already set';

/** The older contract's words for what went wrong (auth.md 1.2). */
function wordsOf(error: ProblemError): string {
  if (error.code === 'token_missing') return 'No token';
  return error.status === 401 || error.status === 403 ? 'Not authenticated' : (error.detail ?? error.title);
}

async function update(
  req: Request,
  sources: HolderSources,
  origin: string,
  accounts: AccountStore,
  requestId: string,
): Promise<void> {
  const holder = await requireKeptHolder(req, sources, origin);
  const { user } = holder;
  requireScope(holder, 'profile');
  requireOwnPermission(holder, 'profile:update:own');
  const wanted = parameterOf(req, 'username');
  if (wanted === undefined) return;
  const username = usernameSchema.safeParse(wanted);
  if (!username.success)
    throw problem('invalid_parameter', `The username ${username.error.issues[0]?.message}`);
  if (user.usernameChangedAt !== null) throw problem('conflict', ALREADY_SET);
  const change = { username: username.data };
  await accounts.change(user.id, change, sources.now(), { actor: user.id, requestId });
}

/** POST `/auth/update` and `/user/update`: the one change of the username (auth.md A2, 1.2). */
export function updateUsernameEndpoints(
  sources: HolderSources,
  origin: string,
  accounts: AccountStore,
): Endpoint[] {
  const handler: RequestHandler = async (req, res) => {
    try {
      await update(req, sources, origin, accounts, requestIdOf(res));
      res.json({ success: true });
    } catch (error) {
      if (
        isStrict(req) ||
        !(error instanceof ProblemError) ||
        error.status >= 500 ||
        error.code === 'conflicting_tokens'
      )
        throw error;
      res.json({ success: false, error: wordsOf(error) });
    }
  };
  return ['/auth/update', '/user/update'].map((path) => ({
    method: 'post',
    path,
    tag: 'sign-in',
    summary: 'Change the username, exactly once',
    secured: true,
    request: { query: keptQuery.extend({ username: z.string().optional() }) },
    answers: {
      200: { description: 'Done, or what went wrong', schema: answerSchema },
      ...keptErrors,
      409: { description: 'strict=1: taken, or changed before' },
    },
    handlers: [noStore, ...keptParameters, handler],
  }));
}
