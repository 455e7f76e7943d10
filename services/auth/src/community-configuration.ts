import { type FetchPolicy, fetchPolicy, fetchVariables } from '@flyloft/safe-fetch';
import { rateLimitsSchema } from '@flyloft/service-kit';
import { z } from 'zod';
import type { CommunityOptions } from './community.ts';
import { parsed } from './parsed.ts';
import { type VapidKeys, vapidKeys } from './push/vapid-keys.ts';

function vapidPrivateKey(text: string): string {
  // throws when it is none
  vapidKeys('', '', text);
  return text;
}

const address = z.url({ protocol: /^https?$/ }).optional();

/** Reports, notices and web push. */
export const communityVariables = {
  REPORTS_TO_HIDE: z.coerce
    .number()
    .int()
    .min(1)
    .default(3)
    .describe('How many different people have to report something until strangers are no longer shown it'),
  RATE_LIMIT_REPORTS: rateLimitsSchema
    .default(rateLimitsSchema.parse('20/hour'))
    .describe('Reports that one person may send'),
  PACKAGES_URL: address.describe(
    'Where package-conductor answers: reports of packages and comments that do not exist are refused then',
  ),
  DATA_SETS_URL: address.describe('Where read-api answers: the same for reports of data sets'),
  VAPID_PRIVATE_KEY: parsed(vapidPrivateKey)
    .optional()
    .describe(
      'Key of web push, 32 bytes in base64url; made from KEY_ENCRYPTION_KEY when absent. Another key ends every subscription',
    ),
  VAPID_SUBJECT: z
    .string()
    .regex(/^(mailto:|https:\/\/)\S+$/, 'must begin with mailto: or https://')
    .optional()
    .describe('Whom a push service may turn to; default EXTERNAL_ADDRESS, or an address at its host'),
  ...fetchVariables,
};

const schema = z.object({
  ...communityVariables,
  EXTERNAL_ADDRESS: z.string(),
  KEY_ENCRYPTION_KEY: z.string(),
});

/** The part of the configuration that is about reports, notices and web push. */
export function communityOptions(
  config: z.output<typeof schema>,
): CommunityOptions & { readonly vapid: VapidKeys; readonly pushPolicy: FetchPolicy } {
  const { protocol, hostname, origin } = new URL(config.EXTERNAL_ADDRESS);
  const subject = config.VAPID_SUBJECT ?? (protocol === 'https:' ? origin : `mailto:admin@${hostname}`);
  return {
    reportersToHide: config.REPORTS_TO_HIDE,
    reportLimits: config.RATE_LIMIT_REPORTS,
    packagesUrl: config.PACKAGES_URL,
    dataSetsUrl: config.DATA_SETS_URL,
    vapid: vapidKeys(config.KEY_ENCRYPTION_KEY, subject, config.VAPID_PRIVATE_KEY),
    pushPolicy: fetchPolicy(config),
  };
}
