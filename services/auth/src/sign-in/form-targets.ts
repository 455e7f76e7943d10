import { formTargetsOfFlow } from '../hydra/form-targets.ts';
import type { HydraMode, OpenFlows } from '../hydra/hydra-mode.ts';
import type { SingleSignOn } from '../oidc/single-sign-on.ts';

interface Places extends Pick<SingleSignOn, 'originsOf'> {
  readonly origin: string;
  readonly hydra: (OpenFlows & HydraMode) | undefined;
}

/** Where a sign-in may end whose `next` is the question of an application, in this browser. */
export function formTargetsOf({ origin, originsOf, hydra }: Places) {
  return async (next: string, browserHash: Uint8Array<ArrayBuffer>): Promise<readonly string[]> => {
    if (!URL.canParse(next, origin)) return [];
    const address = new URL(next, origin);
    if (address.origin !== new URL(origin).origin) return [];
    const { pathname, searchParams } = address;
    if (hydra && ['/hydra/login', '/hydra/consent'].includes(pathname)) {
      return formTargetsOfFlow(hydra, address, browserHash);
    }
    const clientId = pathname === '/auth/consent' ? searchParams.get('client_id') : null;
    return clientId === null ? [] : originsOf(clientId);
  };
}
