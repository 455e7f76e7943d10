import type { FetchPolicy } from '@flyloft/safe-fetch';
import { limitEvents, type RateCounters, type RateLimit } from '@flyloft/service-kit';
import type { AuthStores } from './app.ts';
import { createTargetDirectory } from './moderation/target-directory.ts';
import { type VapidKeys, vapidKeys } from './push/vapid-keys.ts';
import type { CommunityDependencies } from './routes/community-endpoints.ts';
import type { SignInDependencies } from './sign-in/sign-in-service.ts';
import type { HolderSources } from './tokens/holder.ts';

/** What an operator decides about community safety and notices; each has a default. */
export interface CommunityOptions {
  /** How many different people's open reports hide what they report; default 3. */
  readonly reportersToHide?: number;
  /** Reports that one person may send; default 20 an hour. */
  readonly reportLimits?: readonly RateLimit[];
  /** Where the conductor and read-api answer; without them nothing of theirs is looked up. */
  readonly packagesUrl?: string | undefined;
  readonly dataSetsUrl?: string | undefined;
  readonly vapid?: VapidKeys;
  /** Which push services may be called; default: those on the public internet. */
  readonly pushPolicy?: FetchPolicy;
}

interface Parts {
  readonly secret: string;
  readonly stores: AuthStores;
  readonly signIn: SignInDependencies;
  readonly sources: HolderSources;
  readonly counters?: RateCounters | undefined;
  readonly options: CommunityOptions;
}

const REPORTERS_TO_HIDE = 3;
const REPORT_LIMITS: readonly RateLimit[] = [{ requests: 20, seconds: 3_600 }];
const PUBLIC_ONLY: FetchPolicy = { ports: [80, 443], openHosts: [] };

/** Puts together what the endpoints of community safety and notices work with. */
export function createCommunity({
  secret,
  stores,
  signIn,
  sources,
  counters,
  options,
}: Parts): CommunityDependencies {
  const { words, reports, notifications, pushes, users } = stores;
  const { packagesUrl, dataSetsUrl, reportLimits: limits = REPORT_LIMITS } = options;
  return {
    ...signIn,
    ...{ sources, words, reports, notifications, pushes },
    targets: createTargetDirectory({ users, packagesUrl, dataSetsUrl }),
    reportersToHide: options.reportersToHide ?? REPORTERS_TO_HIDE,
    reportLimit: limitEvents({ name: 'reports', limits, counters }),
    vapid: options.vapid ?? vapidKeys(secret, 'mailto:admin@localhost'),
    pushPolicy: options.pushPolicy ?? PUBLIC_ONLY,
  };
}
