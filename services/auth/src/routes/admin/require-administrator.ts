import { findToken, problem, unauthorized } from '@flyloft/common';
import type { RequestHandler, Response } from 'express';
import { findHolder, type Holder, type HolderSources } from '../../tokens/holder.ts';
import { isAdministrator } from '../../users/user.ts';
import { requireScope } from '../auth/kept-request.ts';

/** Passes administrators, whose token must reach administration; 401 and 403 for all others. */
export function requireAdministrator(sources: HolderSources): RequestHandler {
  return async (req, res, next) => {
    const token = findToken(req, ['authorization']);
    if (token === undefined) throw unauthorized('token_missing');
    const holder = await findHolder(token, sources);
    requireScope(holder, 'admin');
    if (!isAdministrator(holder.user)) throw problem('permission_denied', 'Only administrators may do this');
    res.locals.holder = holder;
    next();
  };
}

/** The administrator that `requireAdministrator` let pass. */
export function administratorOf(res: Response): Holder {
  // set by requireAdministrator, which stands before every handler that asks
  return res.locals.holder as Holder;
}
