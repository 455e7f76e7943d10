import { problem } from '@flyloft/common';
import { z } from 'zod';
import { plainText } from '../plain-text.ts';
import { isAdministrator, type User } from '../users/user.ts';
import type { Holder } from './holder.ts';
import { createPersonalAccessToken } from './personal-access-token.ts';
import { ALL_SCOPES, checkScopes } from './scopes.ts';
import type { TokenStore } from './token-store.ts';

const YEAR_SECONDS = 365 * 86_400;
const DEFAULT_LIFE_SECONDS = 90 * 86_400;

/** What is asked for, wherever tokens are made. */
export const tokenRequestSchema = z.strictObject({
  name: plainText(100),
  scopes: z.array(z.string()).min(1).max(50).default([ALL_SCOPES]),
  expires_in: z.int().min(1).max(YEAR_SECONDS).default(DEFAULT_LIFE_SECONDS).describe('Seconds'),
});

export const tokenAnswerSchema = z.object({ id: z.string(), token: z.string().describe('Shown this once') });

export interface TokenRequest {
  readonly owner: User;
  /** Who asks for it. */
  readonly holder: Holder;
  readonly services: ReadonlySet<string>;
  readonly now: Date;
  readonly requestId: string;
}

/**
 * Makes a personal access token.
 * @throws {ProblemError} 403 when a personal access token asks (A7.4); 400 for a scope that does not
 * exist, or that is above what the owner may do.
 */
export async function issuePersonalAccessToken(
  { name, scopes, expires_in }: z.output<typeof tokenRequestSchema>,
  { owner, holder, services, now, requestId }: TokenRequest,
  tokens: TokenStore,
): Promise<z.output<typeof tokenAnswerSchema>> {
  if (!holder.mayCreateTokens) {
    throw problem('permission_denied', 'A personal access token cannot create others');
  }
  checkScopes(scopes, { isAdministrator: isAdministrator(owner), services });
  const { id, token, secretHash } = createPersonalAccessToken();
  const expiresAt = new Date(now.getTime() + expires_in * 1000);
  await tokens.create(
    { id, userId: owner.id, name, secretHash, scopes: [...new Set(scopes)], expiresAt },
    { actor: holder.user.id, requestId },
  );
  return { id, token };
}
