import type { Endpoint } from '@flyloft/service-kit';
import type { HydraDependencies } from '../../hydra/hydra-mode.ts';
import { hydraConsentEndpoints } from './consent.ts';
import { hydraLoginEndpoints } from './login.ts';
import { hydraLogoutEndpoints } from './logout.ts';
import { hydraTokenHookEndpoint } from './token-hook.ts';

/** What Ory Hydra sends people to, and asks itself (auth.md A4). */
export function hydraEndpoints(deps: HydraDependencies): Endpoint[] {
  return [
    ...hydraLoginEndpoints(deps),
    ...hydraConsentEndpoints(deps),
    ...hydraLogoutEndpoints(deps),
    ...(deps.hookKey === undefined ? [] : [hydraTokenHookEndpoint(deps, deps.hookKey)]),
  ];
}
