import {
  type FollowedModeration,
  followModeration,
  type ModerationState,
  NO_MODERATION,
} from '@flyloft/common';
import type { Logger } from 'pino';
import { z } from 'zod';

const OFF = 'off';

/** Variables of every service that refuses listed words. */
export const moderationVariables = {
  AUTH_MODERATION_URL: z
    .union([z.url(), z.literal(OFF)])
    .optional()
    .describe(
      'Where auth tells which phrases texts may not hold and what is hidden; default /auth/moderation beside AUTH_JWKS_URL; "off": all texts are taken and nothing is hidden',
    ),
};

interface ModerationConfiguration {
  readonly AUTH_JWKS_URL: string;
  readonly AUTH_MODERATION_URL?: string | undefined;
  readonly AUTH_REVOCATIONS_SECONDS: number;
}

/** Begins to follow auth's moderation feed, as often as its revocations. */
export function connectToModeration(
  config: ModerationConfiguration,
  {
    logger,
    onChange,
  }: { readonly logger: Logger; readonly onChange?: (state: ModerationState) => Promise<void> },
): FollowedModeration {
  if (config.AUTH_MODERATION_URL === OFF) return { ...NO_MODERATION, stop: () => undefined };
  return followModeration({
    url: new URL(config.AUTH_MODERATION_URL ?? new URL('/auth/moderation', config.AUTH_JWKS_URL)),
    intervalSeconds: config.AUTH_REVOCATIONS_SECONDS,
    ...(onChange === undefined ? {} : { onChange }),
    onError: (err) => logger.warn({ err }, 'the moderation feed cannot be read; going on with what is known'),
  });
}
