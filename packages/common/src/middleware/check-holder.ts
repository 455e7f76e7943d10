import type { Request, RequestHandler, Response } from 'express';
import { unauthorized } from '../tokens/unauthorized.ts';
import { findToken, type TokenPlace } from './find-token.ts';
import { permissionCheck, type Requirement } from './require-permission.ts';

export interface HolderCheck<H, P extends string> {
  /** Default `['authorization']`. A token in any other known place is 401. */
  readonly places?: readonly TokenPlace[];
  /** Whose token it is, looked up; throws a 401 with a code of its own for each reason. */
  readonly findHolder: (token: string, req: Request) => Promise<H>;
  readonly requirement: Requirement<P>;
  /** Every permission that there is: a requirement that names another is an error at start. */
  readonly known: readonly P[];
  readonly holds: (holder: H, permission: P) => boolean;
}

/**
 * The three-stage check as one middleware (auth.md A3), where permissions are looked up rather than read
 * from the token: the header is there and well-formed (401); the token is valid and its holder known
 * (401); the holder has the permission (403). Nothing is looked up before the stage before has passed.
 */
export function checkHolder<H, P extends string>(options: HolderCheck<H, P>): RequestHandler {
  const { places = ['authorization'], findHolder, holds } = options;
  const check = permissionCheck(options.requirement, options.known);
  return async (req, res, next) => {
    const token = findToken(req, places);
    if (token === undefined) throw unauthorized('token_missing');
    const holder = await findHolder(token, req);
    check((permission) => holds(holder, permission));
    res.locals.holder = holder;
    next();
  };
}

/** The holder that `checkHolder` let pass; of the type that its `findHolder` answers. */
export function checkedHolder<H>(res: Response): H {
  // set by checkHolder, which stands before every handler that asks
  return res.locals.holder as H;
}
