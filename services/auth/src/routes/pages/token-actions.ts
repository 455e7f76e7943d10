import { problem } from '@flyloft/common';
import { requestIdOf } from '@flyloft/service-kit';
import { z } from 'zod';
import { newTokenPage } from '../../pages/tokens-section.ts';
import { plainText } from '../../plain-text.ts';
import { holderOfSession } from '../../tokens/holder.ts';
import { issuePersonalAccessToken } from '../../tokens/issue-personal-access-token.ts';
import { ALL_SCOPES, serviceScope } from '../../tokens/scopes.ts';
import { isAdministrator, type User } from '../../users/user.ts';
import { fieldOf } from './browser.ts';
import { sendPage } from './page-endpoint.ts';
import type { Sent, SettingsAction, SettingsDependencies } from './settings-actions.ts';

const DAY_SECONDS = 86_400;
const wanted = z.object({ name: plainText(100), days: z.coerce.number().int().min(1).max(365) });

/** What a token of this person may reach; nothing for who may make none. */
export function tokenScopesOf(user: User, services: ReadonlySet<string>): string[] {
  if (!user.permissions.has('token:create:own')) return [];
  const admin = isAdministrator(user) ? ['admin'] : [];
  return [ALL_SCOPES, 'profile', ...admin, ...[...services].map(serviceScope)];
}

/** Making and revoking personal access tokens in the settings; by programs it is `/auth/tokens`. */
export function tokenActions(
  deps: Pick<SettingsDependencies, 'personalAccessTokens' | 'services' | 'now'>,
): Readonly<Record<string, SettingsAction>> {
  const { personalAccessTokens, services, now } = deps;
  const create = async ({ req, res, session }: Sent): Promise<boolean> => {
    const { user } = session;
    const form = wanted.safeParse({ name: fieldOf(req, 'name'), days: fieldOf(req, 'days') });
    if (!form.success) throw problem('invalid_parameter', 'Give a name of 100 characters at most');
    const scope = fieldOf(req, 'scope');
    if (!tokenScopesOf(user, services).includes(scope))
      throw problem('invalid_parameter', 'You cannot make a token that reaches this');
    const { name, days } = form.data;
    const { token } = await issuePersonalAccessToken(
      { name, scopes: [scope], expires_in: days * DAY_SECONDS },
      { owner: user, holder: holderOfSession(session), services, now: now(), requestId: requestIdOf(res) },
      personalAccessTokens,
    );
    sendPage(res, newTokenPage(name, token));
    return true;
  };
  const revoke = async ({ req, res, session: { user } }: Sent): Promise<boolean> => {
    const context = { actor: user.id, requestId: requestIdOf(res) };
    const revoked = await personalAccessTokens.revoke(user.id, fieldOf(req, 'token'), now(), context);
    if (!revoked) throw problem('conflict', 'That token was revoked already');
    return false;
  };
  return {
    'create-token': { dangerous: true, run: create },
    // Nothing is lost by it that cannot be made anew, and it may be urgent.
    'revoke-token': { dangerous: false, run: revoke },
  };
}
