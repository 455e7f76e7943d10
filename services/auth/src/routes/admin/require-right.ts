import { checkedHolder, checkHolder } from '@flyloft/common';
import type { RequestHandler, Response } from 'express';
import { AUTH_PERMISSIONS, type AuthRequirement } from '../../permissions/permissions.ts';
import { findHolder, type Holder, type HolderSources } from '../../tokens/holder.ts';
import { requireScope } from '../auth/kept-request.ts';
import { askerOf } from '../request-parts.ts';

/**
 * The three-stage check before an endpoint: a token, whose scopes reach so far (`admin` for
 * administration), of a person who holds the permission; 401 and 403 for all others.
 */
export function requireRight(
  sources: HolderSources,
  requirement: AuthRequirement,
  scope: 'admin' | 'profile' = 'admin',
): RequestHandler {
  return checkHolder({
    findHolder: async (token, req) => {
      const holder = await findHolder(token, sources, askerOf(req));
      requireScope(holder, scope);
      return holder;
    },
    requirement,
    known: AUTH_PERMISSIONS,
    holds: ({ user }, permission) => user.permissions.has(permission),
  });
}

/** The person that `requireRight` let pass. */
export function holderOf(res: Response): Holder {
  return checkedHolder<Holder>(res);
}
