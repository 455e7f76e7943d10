import type { LogoutRequest } from './requests.ts';

/**
 * Whether somebody has to be asked before they are signed out (O1). An application that shows whose sign-in it
 * is (`rp_initiated`) and that the operator trusts to ask by itself is not asked about again; an address alone
 * signs nobody out (O5).
 */
export function needsConfirmation({ rp_initiated: isProved, client }: LogoutRequest): boolean {
  return !(isProved && client?.skip_logout_consent === true);
}
