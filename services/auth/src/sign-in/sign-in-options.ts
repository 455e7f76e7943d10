import type { Configuration } from '../config.ts';
import { configuredProviders } from '../providers/configured-providers.ts';
import type { SignInOptions } from './create-sign-in.ts';

/** What the configuration says about signing in. */
export function signInOptions(config: Configuration, sendMail: SignInOptions['sendMail']): SignInOptions {
  return {
    providers: configuredProviders(config),
    allowedNextOrigins: config.ALLOWED_NEXT_ORIGINS,
    compatJwtOrigins: config.COMPAT_JWT_ORIGINS,
    providerRegistration: config.PROVIDER_REGISTRATION,
    selfRegistration: config.SELF_REGISTRATION,
    legacyCallback: config.LEGACY_CALLBACK,
    sendMail,
  };
}
