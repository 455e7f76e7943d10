import type { AppOptions } from '@flyloft/service-kit';
import type { Configuration } from '../config.ts';
import { createMailer, type Letter } from '../mail/mailer.ts';
import { configuredProviders } from '../providers/configured-providers.ts';
import type { SignInOptions } from './create-sign-in.ts';

/** Mail goes out in its own time: nobody waits for it, and nobody can tell by the time whether any was sent. */
function mailSender(
  config: Configuration,
  logger: AppOptions['logger'],
): ((letter: Letter) => void) | undefined {
  if (config.SMTP_URL === undefined) return undefined;
  const from = config.MAIL_FROM ?? `Flyloft <flyloft@${new URL(config.EXTERNAL_ADDRESS).hostname}>`;
  const mailer = createMailer(config.SMTP_URL, from);
  return (letter) => {
    mailer
      .send(letter)
      .catch((err: unknown) => logger.error({ err, subject: letter.subject }, 'mail was not sent'));
  };
}

/** What the configuration says about signing in. */
export function signInOptions(config: Configuration, logger: AppOptions['logger']): SignInOptions {
  return {
    providers: configuredProviders(config),
    allowedNextOrigins: config.ALLOWED_NEXT_ORIGINS,
    compatJwtOrigins: config.COMPAT_JWT_ORIGINS,
    providerRegistration: config.PROVIDER_REGISTRATION,
    selfRegistration: config.SELF_REGISTRATION,
    legacyCallback: config.LEGACY_CALLBACK,
    sendMail: mailSender(config, logger),
  };
}
