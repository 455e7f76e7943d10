import { z } from 'zod';
import { bothOrNone } from './both-or-none.ts';

const address = z.url({ protocol: /^https?$/ }).optional();
const MIN_KEY_LENGTH = 32;
const DAY_SECONDS = 86_400;

/** Ory Hydra, when it signs people in to applications (docs/hydra.md). */
export const hydraVariables = {
  HYDRA_ADMIN_URL: address.describe(
    'Admin API of Ory Hydra, which no browser may reach; with HYDRA_PUBLIC_URL its sign-in pages are here',
  ),
  HYDRA_PUBLIC_URL: address.describe(
    'Where browsers and applications reach Ory Hydra (urls.self.public there)',
  ),
  HYDRA_REQUEST_TTL: z.coerce
    .number()
    .int()
    .min(60)
    .max(DAY_SECONDS)
    .default(1_800)
    .describe('Life of a request at Hydra in seconds (ttl.login_consent_request there)'),
  HYDRA_UNKNOWN_APPS: z
    .enum(['reject', 'allow'])
    .default('reject')
    .describe('Whether people may sign in to clients of Hydra that are no registered application'),
  HYDRA_HOOK_KEY: z
    .string()
    .min(MIN_KEY_LENGTH)
    .optional()
    .describe(
      'What Hydra shows at /hydra/token-hook (Authorization: Bearer …), at least 32 random characters',
    ),
};

/** Each of the two needs the other. */
export const refuseHalfHydra = bothOrNone('HYDRA_ADMIN_URL', 'HYDRA_PUBLIC_URL', 'Hydra');
