import type { Endpoint } from '@flyloft/service-kit';
import type { ConsentStore } from '../../oidc/consent-store.ts';
import { ownConsentsEndpoints } from '../me/own-consents.ts';
import type { OwnDataDependencies } from '../me/require-person.ts';
import { consentEndpoints } from '../pages/consent.ts';
import { deviceEndpoints } from '../pages/device.ts';
import { type ProviderDependencies, providerProtocolEndpoints } from './provider-endpoints.ts';

interface Dependencies extends ProviderDependencies, OwnDataDependencies {
  readonly consents: ConsentStore;
}

/** Everything that other applications sign people in by. */
export function singleSignOnEndpoints(deps: Dependencies): Endpoint[] {
  return [
    ...providerProtocolEndpoints(deps),
    ...consentEndpoints(deps),
    ...deviceEndpoints(deps),
    ...ownConsentsEndpoints(deps),
  ];
}
