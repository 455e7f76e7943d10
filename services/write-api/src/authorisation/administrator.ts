import { timingSafeEqual } from 'node:crypto';
import {
  authenticate,
  type PermissionRequirement,
  requirePermission,
  type TokenVerifier,
} from '@flyloft/common';
import { hashToken } from '@flyloft/data-sets';
import type { Request, RequestHandler, Response } from 'express';

export interface AdministratorOptions {
  readonly verifier: TokenVerifier;
  /** The static token (data-sets.md A2); undefined: only service tokens. */
  readonly adminToken: string | undefined;
}

function isStaticToken(req: Request, adminToken: string | undefined): boolean {
  const header = req.get('authorization') ?? '';
  if (adminToken === undefined || !header.startsWith('Bearer ')) return false;
  // Hashes have one length, which a comparison in constant time needs.
  return timingSafeEqual(Buffer.from(hashToken(header.slice(7))), Buffer.from(hashToken(adminToken)));
}

/**
 * Lets the static token pass, or a service token for `data-sets` that meets the requirement; without
 * one, any such token (data-sets.md A8.1).
 */
export function administrator(
  { verifier, adminToken }: AdministratorOptions,
  requirement?: PermissionRequirement,
): RequestHandler {
  const check = authenticate({ verifier });
  const permit: RequestHandler = requirement ? requirePermission(requirement) : (_req, _res, next) => next();
  return async (req, res, next) => {
    res.locals.usesStaticToken = isStaticToken(req, adminToken);
    if (res.locals.usesStaticToken) next();
    else await check(req, res, () => permit(req, res, next));
  };
}

/** True when the request was let in by the static token, as the original's only one. */
export function usesStaticToken(res: Response): boolean {
  return res.locals.usesStaticToken === true;
}
