import { problem } from '@flyloft/common';
import type { RequestHandler, Response } from 'express';
import type { Holder, HolderSources } from '../../tokens/holder.ts';
import { isAdministrator } from '../../users/user.ts';
import { requireHolder, requireScope } from '../auth/kept-request.ts';

/** Passes administrators, whose token must reach administration; 401 and 403 for all others. */
export function requireAdministrator(sources: HolderSources): RequestHandler {
  return async (req, res, next) => {
    const holder = await requireHolder(req, sources, ['authorization']);
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
