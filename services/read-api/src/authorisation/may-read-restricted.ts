import { findToken, hasPermission, type TokenVerifier } from '@flyloft/common';
import type { Request } from 'express';

/**
 * True for a service token for `data-sets` with `read-unpublished`. Whatever else a caller sends, even a
 * token that cannot be verified, makes a stranger: strangers are not told that there is something to see.
 */
export async function mayReadRestricted(req: Request, verifier: TokenVerifier): Promise<boolean> {
  try {
    const token = findToken(req, ['authorization']);
    return token !== undefined && hasPermission(await verifier.verify(token), 'read-unpublished');
  } catch {
    return false;
  }
}
