import { clientNetwork, type Endpoint, limitRate } from '@flyloft/service-kit';
import type { HolderSources } from '../tokens/holder.ts';
import { exchangeCodeEndpoint } from './auth/exchange-code.ts';
import { findPeopleEndpoints } from './auth/find-people.ts';
import { libraryEndpoint } from './auth/show-library.ts';
import { updateUsernameEndpoints } from './auth/update-username.ts';
import { signInLinkEndpoint } from './auth/use-sign-in-link.ts';
import { kratosEndpoints, registerAtKratosEndpoint } from './kratos/flow-pages.ts';
import { ownDataEndpoints } from './me/own-data.ts';
import { ownLinksEndpoints } from './me/own-links.ts';
import { ownSessionsEndpoints } from './me/own-sessions.ts';
import { providerEndpoints } from './pages/provider-sign-in.ts';
import { recoveryEndpoints } from './pages/recovery.ts';
import { registerEndpoints } from './pages/register.ts';
import { settingsEndpoints } from './pages/settings.ts';
import type { SettingsDependencies } from './pages/settings-actions.ts';
import { errorEndpoints } from './pages/show-error.ts';
import { signInEndpoints } from './pages/sign-in.ts';
import { signOutEndpoints } from './pages/sign-out.ts';
import { verifyEmailEndpoints } from './pages/verify-email.ts';

const PER_MINUTE = [{ requests: 60, seconds: 60 }];

/** Everything that people sign in by, and what is their own once they have. */
export function allSignInEndpoints(
  deps: SettingsDependencies,
  sources: HolderSources,
  isHidden: (userId: string) => Promise<boolean>,
): Endpoint[] {
  const limit = (name: string) =>
    limitRate({ limits: PER_MINUTE, name, counters: deps.counters, keyOf: (req) => clientNetwork(req.ip) });
  const own = { ...deps, sources };
  return [
    signInLinkEndpoint(deps),
    ...signInEndpoints(deps),
    ...(deps.selfRegistration && !deps.kratos ? registerEndpoints(deps) : []),
    ...(deps.kratos
      ? [...kratosEndpoints(deps, deps.kratos), registerAtKratosEndpoint(deps, deps.kratos)]
      : []),
    ...recoveryEndpoints(deps),
    ...verifyEmailEndpoints(deps),
    ...settingsEndpoints(deps),
    ...signOutEndpoints(deps),
    ...errorEndpoints(deps),
    exchangeCodeEndpoint(deps, limit('exchange')),
    ...updateUsernameEndpoints(sources, deps.origin, deps.accounts),
    ...findPeopleEndpoints(deps.users, isHidden, limit('people')),
    libraryEndpoint(deps.origin),
    ...ownDataEndpoints(own),
    ...ownLinksEndpoints(own),
    ...ownSessionsEndpoints(own),
    // last: their addresses have a place for a name
    ...providerEndpoints(deps),
  ];
}
